"""What happened downstairs, answered by asking for later work."""

from typing import Any
from uuid import UUID

from common.later import later
from telephony import signals


def _ended(call_id: UUID, **_: Any) -> None:
    later("intelligence.begin", call_id=str(call_id))


def connect() -> None:
    """Listen to the end of calls."""
    signals.call_ended.connect(_ended, dispatch_uid="intelligence.call_ended")
