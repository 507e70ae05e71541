"""Runs the tools of one call. Raises nothing: a failure is words, too."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from agents.knowledge.ranking import Hit
from agents.knowledge.search import TOP, Found, Shelf
from agents.tools import asking, mcp_servers, outcome
from agents.tools.bindings import HandOff, Keys, McpServer, Webhook
from agents.tools.connectors import App
from agents.tools.consent import HELD, Gate
from agents.tools.host import Host
from agents.tools.kits import Kit, Ready
from common import clock
from providers import limits
from voice.ports import Passage, ToolOutcome

AUTOMATIC = 3  # passages told without being asked for
MOST_KEYS = 32
KEYS = re.compile(r"[0-9*#wA-D]{1,32}")
MOST_RUNS = 30  # of one tool in one call
LATE = ToolOutcome("The tool did not answer in time. Say so, and go on.", failed=True)
Opening = asyncio.Future[Shelf | None]

log = structlog.get_logger()


class Toolbox:
    """A ``voice.ports.Toolbox``."""

    def __init__(
        self,
        kit: Kit,
        *,
        time_zone: str,
        host: Host | None = None,
        shelf: Opening | None = None,
    ) -> None:
        self._kit = kit
        self._time_zone = time_zone
        self._host = host
        self._shelf = shelf
        self._gate = Gate()
        self._runs: Counter[str] = Counter()
        self._digits: dict[str, str] = {}  # keyed in, in secret; never leaves by itself

    async def recall(self, question: str) -> Sequence[Passage]:
        """Return the pieces of knowledge that bear on a question."""
        if self._shelf is None or not self._shelf.done():
            return ()  # a call does not wait for a shelf that is still being opened
        found = await self._find(question, AUTOMATIC, limits.RECALL)
        passages = [_passage(hit) for hit in found.relevant] if found else []
        self._gate.tainted = self._gate.tainted or bool(passages)
        return passages

    async def run(self, name: str, arguments: dict[str, Any], said: str) -> ToolOutcome:
        """Run a tool within its time, if it may run now."""
        ready = self._kit.tools.get(name)
        if ready is None:
            return ToolOutcome(f"There is no tool named {name}.", failed=True)
        self._runs[name] += 1
        if self._runs[name] > MOST_RUNS:
            return ToolOutcome(
                "This tool was used too often in this call.",
                failed=True,
                detail={"reason": "rate_limited"},
            )
        if ready.effect == "write" and not self._gate.may_write(
            name, arguments, said, ready.rule
        ):
            return ToolOutcome(HELD, failed=True, detail={"held": "caller's consent"})
        try:
            async with asyncio.timeout(ready.timeout_s):
                return await self._run(ready, arguments)
        except TimeoutError:
            return LATE
        except Exception:  # a conversation goes on without one of its tools
            log.exception("tool_failed", tool=name)
            return ToolOutcome(
                "The tool did not work. Say so, and go on without it.", failed=True
            )

    async def _run(self, ready: Ready, arguments: dict[str, Any]) -> ToolOutcome:
        match ready.settings:
            case Webhook():
                self._gate.tainted = True
                return await asking.webhook(
                    ready.settings,
                    arguments,
                    digits=self._digits,
                    secrets_kept=self._kit.secrets,
                    metadata=self._host.metadata() if self._host else {},
                    timeout_s=ready.timeout_s,
                )
            case McpServer():
                self._gate.tainted = True
                return await mcp_servers.call(
                    ready.settings,
                    ready.spec.name,
                    arguments,
                    kept=self._kit.secrets,
                    timeout_s=ready.timeout_s,
                )
            case App():
                self._gate.tainted = True
                return await ready.settings.run(
                    ready.tool.id, arguments, timeout_s=ready.timeout_s
                )
        return await self._run_own(ready, arguments)

    async def _run_own(self, ready: Ready, arguments: dict[str, Any]) -> ToolOutcome:
        name = ready.tool.id
        if name == "datetime_now":
            return ToolOutcome(spoken_time(clock.now(), self._time_zone))
        if name == "knowledge_search":
            return await self._search(str(arguments.get("query", "")))
        if self._host is None:
            return ToolOutcome("That is not possible here.", failed=True)
        told = {key: str(value or "") for key, value in arguments.items()}
        if name == "handoff_to_human" and isinstance(ready.settings, HandOff):
            plan = ready.settings.plan()
            return await self._host.hand_over(plan, told.get("reason", ""))
        if name == "schedule_callback":
            return await self._host.call_back(
                told.get("at", ""), told.get("phone", ""), told.get("reason", "")
            )
        if name == "collect_digits" and isinstance(ready.settings, Keys):
            return await self._collect(ready.settings, told)
        if name == "send_digits":
            pressed = re.sub(r"[\s.-]", "", told.get("digits", ""))
            if not KEYS.fullmatch(pressed):
                return ToolOutcome("Only 0 to 9, *, # and w.", failed=True)
            return await self._host.send_digits(pressed)
        if name == "get_caller_history":
            self._gate.tainted = True  # a summary holds what a caller said
            return await self._host.caller_history()
        if name == "forget_me":
            return await self._host.forget_caller()
        return ToolOutcome("That is not possible here.", failed=True)

    async def _collect(self, settings: Keys, told: dict[str, str]) -> ToolOutcome:
        name = re.sub(r"[^a-z0-9_]", "_", told.get("name", "").lower())[:40] or "digits"
        longest = told.get("longest", "")
        most = min(int(longest), MOST_KEYS) if longest.isdigit() else MOST_KEYS
        keep = partial(self._digits.__setitem__, name) if settings.masked else None
        if self._host is None:
            return ToolOutcome("That is not possible here.", failed=True)
        return await self._host.collect_digits(name, max(1, most), keep)

    # ---- knowledge

    async def _search(self, question: str) -> ToolOutcome:
        found = await self._find(question, TOP, limits.SEARCH)
        hits = [hit for hit in found.hits if hit.score or hit.words] if found else []
        if not hits:
            return ToolOutcome("Nothing was found about that.")
        self._gate.tainted = True
        told = "\n".join(f"- {hit.title}, {hit.place}: {hit.text}" for hit in hits)
        pieces = [f"{hit.title}, {hit.place}, score {hit.score:.2f}" for hit in hits]
        return ToolOutcome(
            outcome.fenced(told), detail={"request": question, "pieces": pieces}
        )

    async def _find(self, question: str, top: int, within: float) -> Found | None:
        try:
            shelf = await self._shelf if self._shelf else None
            return await shelf.find(question, top=top, within=within) if shelf else None
        except Exception:  # a conversation goes on without its documents
            log.exception("knowledge_not_searched")
            return None


def _passage(hit: Hit) -> Passage:
    return Passage(hit.source, hit.title, hit.place, hit.heading, hit.text, hit.score)


def spoken_time(now: datetime, time_zone: str) -> str:
    """Say a moment the way a person reads it out."""
    local = now.astimezone(ZoneInfo(time_zone))
    return local.strftime("%A, %B %-d, %Y, %-I:%M %p") + f" ({time_zone})"
