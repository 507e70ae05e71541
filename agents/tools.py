"""What an agent may do during a call, beside ending it, which the engine does itself."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from agents.config import AgentConfig
from agents.knowledge.ranking import Hit
from agents.knowledge.search import TOP, Found, Shelf
from common import clock
from providers import limits
from providers.ports import ToolSpec
from voice.ports import Passage

log = structlog.get_logger()

DATETIME_NOW = ToolSpec(
    "datetime_now",
    "Tell the current date, weekday and time where the business is.",
    {"type": "object", "properties": {}, "required": []},
)


KNOWLEDGE_SEARCH = ToolSpec(
    "knowledge_search",
    "Look something up in the business's own documents. Use it when the caller asks for"
    " a fact that you do not know.",
    {
        "type": "object",
        "properties": {
            "query": {
                "type": "string",
                "description": "What to look for, in a few words of the caller's.",
            }
        },
        "required": ["query"],
    },
)
AUTOMATIC = 3  # passages told without being asked for


def specs(config: AgentConfig, *, has_knowledge: bool = False) -> tuple[ToolSpec, ...]:
    """Return the tools that are always on, but for those switched off."""
    off = {binding.tool_id for binding in config.tools if not binding.enabled}
    looks_up = has_knowledge and config.knowledge.retrieval != "off"
    always = (DATETIME_NOW, *([KNOWLEDGE_SEARCH] if looks_up else []))
    return tuple(spec for spec in always if spec.name not in off)


class Toolbox:
    """Runs the tools of one call. Raises nothing: a failure is text, too."""

    def __init__(
        self,
        time_zone: str,
        shelf: "asyncio.Future[Shelf | None] | None" = None,
    ) -> None:
        self._time_zone = time_zone
        self._shelf = shelf

    async def recall(self, question: str) -> Sequence[Passage]:
        """Return the pieces of knowledge that bear on a question."""
        if self._shelf is None or not self._shelf.done():
            return ()  # a call does not wait for a shelf that is still being opened
        found = await self._find(question, AUTOMATIC, limits.RECALL)
        return [_passage(hit) for hit in found.relevant] if found else ()

    async def _find(self, question: str, top: int, within: float) -> Found | None:
        try:
            shelf = await self._shelf if self._shelf else None
            return await shelf.find(question, top=top, within=within) if shelf else None
        except Exception:  # a conversation goes on without its documents
            log.exception("knowledge_not_searched")
            return None

    async def _search(self, question: str) -> str:
        found = await self._find(question, TOP, limits.SEARCH)
        hits = [hit for hit in found.hits if hit.score or hit.words] if found else []
        if not hits:
            return "Nothing was found about that."
        return "\n".join(f"- {hit.title}, {hit.place}: {hit.text}" for hit in hits)

    async def run(self, name: str, arguments: dict[str, Any]) -> str:
        """Return what the model shall read."""
        if name == DATETIME_NOW.name:
            return spoken_time(clock.now(), self._time_zone)
        if name == KNOWLEDGE_SEARCH.name:
            return await self._search(str(arguments.get("query", "")))
        return f"There is no tool named {name}."


def _passage(hit: Hit) -> Passage:
    return Passage(hit.source, hit.title, hit.place, hit.heading, hit.text, hit.score)


def spoken_time(now: datetime, time_zone: str) -> str:
    """Say a moment the way a person reads it out."""
    local = now.astimezone(ZoneInfo(time_zone))
    return local.strftime("%A, %B %-d, %Y, %-I:%M %p") + f" ({time_zone})"
