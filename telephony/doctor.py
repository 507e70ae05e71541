"""Notices that audio does not go one way, and says what to look at. Pure."""

from voice import events

PATIENCE_MS = 5_000

LINES = {
    "no_audio_in": "We have not heard your microphone for 5 seconds. Check that the"
    " browser may use it, that the right one is chosen and that it is not muted.",
    "no_audio_out": "The agent has not spoken for 5 seconds. Its model or its voice may"
    " be slow or out of reach; the call goes on.",
}


class Doctor:
    """Watches one call; each trouble is told once, until it has passed."""

    def __init__(self, *, agent_greets: bool) -> None:
        self._frame_at = 0  # the last frame
        self._has_sound = False  # a microphone that is off sends digital silence
        self._is_muted = False
        self._owed_since: int | None = 0 if agent_greets else None
        self._told: set[str] = set()

    def heard(self, now: int, frame: bytes) -> None:
        """Take note of a frame of the caller."""
        self._frame_at = now
        if not self._has_sound and frame.count(0) < len(frame):
            self._has_sound = True

    def muted(self, now: int, on: bool) -> None:
        """Take note that the caller wants not to be heard, or again."""
        self._is_muted, self._frame_at = on, now

    def note(self, event: events.Event) -> None:
        """Take note of what happened in the conversation."""
        if isinstance(event, events.TurnEnded):
            self._owed_since = event.at_ms
        elif isinstance(event, events.Replied | events.Spoke | events.Ended):
            self._owed_since = None

    def examine(self, now: int) -> list[str]:
        """Return the troubles that are news."""
        troubles = set()
        silent = now - self._frame_at >= PATIENCE_MS
        never = not self._has_sound and now >= PATIENCE_MS
        if (silent or never) and not self._is_muted:
            troubles.add("no_audio_in")
        if self._owed_since is not None and now - self._owed_since >= PATIENCE_MS:
            troubles.add("no_audio_out")
        news = sorted(troubles - self._told)
        self._told = troubles
        return news
