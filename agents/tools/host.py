"""What tools need of whoever carries the call: it knows calls, we do not."""

from typing import Any, Protocol

from voice.ports import ToolOutcome


class Host(Protocol):
    """One call's carrier. Nothing here raises: a failure is an outcome, too."""

    async def hand_over(self, number: str, reason: str) -> ToolOutcome:
        """Let the caller go on with a person."""

    async def call_back(self, at: str, phone: str, reason: str) -> ToolOutcome:
        """Promise a call."""

    async def caller_history(self) -> ToolOutcome:
        """Tell what the caller called about before."""

    async def forget_caller(self) -> ToolOutcome:
        """Remember nothing of what was before."""

    def metadata(self) -> dict[str, Any]:
        """Return the call's ids, as tools send them along."""
