"""Nobody calls us back: whoever claims to be the simulator is not."""

from collections.abc import Mapping

from telephony.carrier import CallbackRequest, Caller, CallEvent, Document, StreamTarget


class SimulatorCallbacks:
    """Believes nobody."""

    def caller(self, request: CallbackRequest) -> Caller | None:
        """No call comes in over HTTP."""
        return None

    def event(self, request: CallbackRequest) -> CallEvent | None:
        """Nothing is told over HTTP."""
        return None

    def verify(
        self, request: CallbackRequest, credentials: Mapping[str, str], key: str
    ) -> bool:
        """Nothing is genuine."""
        return False

    def connect(self, target: StreamTarget) -> Document:
        """Nobody reads it."""
        return Document("")

    def say(self, words: str, language: str) -> Document:
        """Nobody reads it."""
        return Document("")

    def busy(self) -> Document:
        """Nobody reads it."""
        return Document("")

    def hang_up(self) -> Document:
        """Nobody reads it."""
        return Document("")

    def bridge(self, to: str, from_number: str) -> Document:
        """Nobody reads it."""
        return Document("")

    def taken(self) -> Document:
        """Nobody reads it."""
        return Document("")


CALLBACKS = SimulatorCallbacks()
