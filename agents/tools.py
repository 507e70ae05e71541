"""What an agent may do during a call, beside ending it, which the engine does itself."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from agents.config import AgentConfig
from common import clock
from providers.ports import ToolSpec

DATETIME_NOW = ToolSpec(
    "datetime_now",
    "Tell the current date, weekday and time where the business is.",
    {"type": "object", "properties": {}, "required": []},
)


def specs(config: AgentConfig) -> tuple[ToolSpec, ...]:
    """Return the tools that are always on, but for those switched off."""
    off = {binding.tool_id for binding in config.tools if not binding.enabled}
    return tuple(spec for spec in (DATETIME_NOW,) if spec.name not in off)


class Toolbox:
    """Runs the tools of one call. Raises nothing: a failure is text, too."""

    def __init__(self, time_zone: str) -> None:
        self._time_zone = time_zone

    async def run(self, name: str, arguments: dict[str, Any]) -> str:
        """Return what the model shall read."""
        if name == DATETIME_NOW.name:
            return spoken_time(clock.now(), self._time_zone)
        return f"There is no tool named {name}."


def spoken_time(now: datetime, time_zone: str) -> str:
    """Say a moment the way a person reads it out."""
    local = now.astimezone(ZoneInfo(time_zone))
    return local.strftime("%A, %B %-d, %Y, %-I:%M %p") + f" ({time_zone})"
