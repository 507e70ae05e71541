"""What tools need of whoever carries the call: it knows calls, we do not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from voice.ports import ToolOutcome


@dataclass(frozen=True, slots=True)
class HandOver:
    """How a caller is to be handed over."""

    number: str  # E.164
    # warm: the person is asked first, in the call's own room, while the caller waits;
    # cold: the carrier connects them, and we are gone.
    way: Literal["warm", "cold"] = "warm"
    wait: str = ""  # said to the caller before; "": a phrase of ours
    ring_s: int = 30
    accept_s: int = 20  # for pressing 1, after the agent has told what it is about


class Host(Protocol):
    """One call's carrier. Nothing here raises: a failure is an outcome, too."""

    async def hand_over(self, plan: HandOver, reason: str) -> ToolOutcome:
        """Let the caller go on with a person."""

    async def call_back(self, at: str, phone: str, reason: str) -> ToolOutcome:
        """Promise a call."""

    async def caller_history(self) -> ToolOutcome:
        """Tell what the caller called about before."""

    async def forget_caller(self) -> ToolOutcome:
        """Remember nothing of what was before."""

    async def collect_digits(
        self, name: str, longest: int, keep: Callable[[str], None] | None
    ) -> ToolOutcome:
        """Wait for keys of the caller's; with ``keep`` nobody else learns them."""

    async def send_digits(self, digits: str) -> ToolOutcome:
        """Press keys on the line."""

    def metadata(self) -> dict[str, Any]:
        """Return the call's ids, as tools send them along."""
