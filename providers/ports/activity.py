"""Voice activity: whether somebody speaks."""

from collections.abc import Callable
from typing import Protocol

from providers.ports.streams import AudioFormat


class VoiceActivity(Protocol):
    """One call's voice activity, judged by a detector that serves all calls."""

    def push(self, audio: bytes) -> None:
        """Take audio in the format the activity was opened with. Never blocks."""

    def close(self) -> None:
        """Stop judging."""


class VoiceActivityDetector(Protocol):
    """Tells speech from the rest, for every call of the process in one batch."""

    window_ms: int

    def open(
        self, format: AudioFormat, on_window: Callable[[float], None]
    ) -> VoiceActivity:
        """Call ``on_window`` with the probability of speech, 0 to 1, once a window."""
