"""Nothing has to be asked of anybody: a line is a browser's socket, and ends with it."""

from collections.abc import Mapping, Sequence

from common import ids
from telephony.carrier import (
    Account,
    Bound,
    CallEvent,
    CarrierError,
    Dial,
    Field,
    OwnedNumber,
)

FIELDS: tuple[Field, ...] = ()


class Control:
    """The telephone company of this process."""

    def __init__(self, credentials: Mapping[str, str], base_url: str = "") -> None:
        """It needs neither."""

    def check(self) -> Account:
        """Say whose credentials these are."""
        return Account("Simulator")

    def numbers(self) -> Sequence[OwnedNumber]:
        """It has no numbers: any number of the workspace can be called."""
        return []

    def bind(self, number: str, answer_url: str, status_url: str) -> Bound:
        """Nothing to bind."""
        return Bound("failed", error="Simulated calls need no binding.")

    def release(self, number: str, answer_url: str) -> None:
        """Nothing to release."""

    def dial(self, wanted: Dial) -> str:
        """Let a telephone ring in a browser."""
        return f"sim-{ids.new()}"

    def hang_up(self, call_id: str) -> None:
        """The line ends with its socket."""

    def transfer(
        self, call_id: str, to: str, from_number: str, document_url: str = ""
    ) -> None:
        """Nobody else is there."""
        raise CarrierError("A simulated call cannot be handed over.", permanent=True)

    def send_digits(self, call_id: str, digits: str, resume_url: str) -> None:
        """Nobody listens for keys."""

    def look_up(self, call_id: str) -> CallEvent:
        """It is asked when the call has ended, and so has the line."""
        return CallEvent(call_id, "completed")

    def find(self, wanted: Dial, since: float) -> CallEvent | None:
        """Nothing was ever dialled."""
        return None
