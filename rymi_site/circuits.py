"""Will it pick up? One wire for each number, and for each agent without one, broken where
a call would stop. It stands at the roof, as it takes numbers, agents, money and
calls together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.urls import reverse

from accounts.models import Workspace
from billing.balance import Balance
from common.wording import at
from telephony import bindings
from telephony.models import Call, Number

SHOWN = 12  # wires; who has more looks into the lists


@dataclass(frozen=True, slots=True)
class Node:
    """One station of the wire; ``off``: the call does not get this far."""

    tone: str  # ok, warn, bad, off
    word: str
    reason: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Circuit:
    """The way a call takes: number, agent, balance, verdict."""

    number: Node
    agent: Node
    money: Node
    verdict: Node

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The stations in their order."""
        return (self.number, self.agent, self.money, self.verdict)

    def is_closed(self) -> bool:
        """Tell whether a call gets through."""
        return self.verdict.tone in ("ok", "warn")


def of(workspace: Workspace, balance: Balance) -> list[Circuit]:
    """Draw the wires: two queries."""
    numbers = list(_numbers(workspace)[:SHOWN])
    agents = _agents(workspace)[: max(3, SHOWN - len(numbers))]
    return [_of_number(number, balance) for number in numbers] + [
        _of_agent(agent, balance) for agent in agents
    ]


def _numbers(workspace: Workspace) -> Any:
    latest = Call.objects.filter(workspace=workspace, agent=OuterRef("agent_id"))
    return (
        workspace.numbers.select_related("agent__published")
        .defer(
            "agent__config",
            "agent__published__config",
            "agent__published__compiled_prompt",
        )
        .annotate(
            last_call_at=Subquery(latest.order_by("-id").values("created_at")[:1])
        )
        .order_by("-last_inbound_at", "-id")
    )


def _agents(workspace: Workspace) -> Any:
    """Return the agents that no number reaches, the last changed first."""
    latest = Call.objects.filter(workspace=workspace, agent=OuterRef("pk"))
    return (
        workspace.agents.filter(deleted_at=None)
        .exclude(Exists(Number.objects.filter(agent=OuterRef("pk"))))
        .select_related("published")
        .only(
            "workspace",
            "name",
            "revision",
            "published",
            "published__number",
            "published__revision",
        )
        .annotate(
            last_call_at=Subquery(latest.order_by("-id").values("created_at")[:1])
        )
        .order_by("-updated_at")
    )


def _of_number(number: Any, balance: Balance) -> Circuit:
    row = bindings.of(number)
    url = reverse("telephony:number-list")
    tone = {"ok": "ok", "warn": "warn"}.get(row.tone, "bad")
    carrier = "" if row.carrier == "–" else f"{row.carrier} · "
    line = Node(tone, row.shown, f"{carrier}{_BOUND[number.binding]}", url)
    agent = number.agent if number.agent and not number.agent.deleted_at else None
    if agent is None:
        who = Node("bad", "Nobody", "No agent is attached", url)
    else:
        who = _who(agent)
    reached = who.tone == "ok"
    money = _balance(balance, reached=reached)
    return Circuit(line, who, money, _verdict(number, line, who, balance, url))


_BOUND = {
    Number.Binding.CONFIGURED: "sends its calls here",
    Number.Binding.MANUAL_REQUIRED: "answer URL to be set by hand",
    Number.Binding.FAILED: "answer URL could not be set",
    Number.Binding.NO_CARRIER: "no carrier sends its calls here",
}


def _of_agent(agent: Any, balance: Balance) -> Circuit:
    numbers = reverse("telephony:number-list")
    line = Node("off", "No number", "Talked to in the browser", numbers)
    who = _who(agent)
    money = _balance(balance, reached=who.tone == "ok")
    return Circuit(line, who, money, _browser_verdict(agent, who, balance))


def _who(agent: Any) -> Node:
    url = reverse("agents:agent-detail", args=[agent.id])
    return Node("ok" if agent.published else "bad", agent.name, _published(agent), url)


def _verdict(number: Any, line: Node, who: Node, balance: Balance, url: str) -> Node:
    if line.tone == "bad":
        return Node("bad", "Does not pick up", "Mend the number", url)
    if number.agent is None or not number.agent_id:
        return Node("bad", "Does not pick up", "Attach an agent", url)
    if who.tone != "ok":
        return Node("bad", "Does not pick up", "Publish the agent", who.url)
    if not balance.is_active:
        return Node("bad", "Does not pick up", "The balance is used up")
    if line.tone == "warn":
        return Node("warn", "Not sure", "Check the answer URL", url)
    return Node("ok", "Picks up", _last(number.last_call_at))


def _browser_verdict(agent: Any, who: Node, balance: Balance) -> Node:
    if who.tone != "ok":
        return Node("bad", "Does not pick up", "Publish the agent", who.url)
    if not balance.is_active:
        return Node("bad", "Does not pick up", "The balance is used up")
    return Node("ok", "Ready to pick up", _last(agent.last_call_at))


def _published(agent: Any) -> str:
    if agent.published is None:
        return "Draft. A draft never answers the phone"
    ahead = agent.revision != agent.published.revision
    return f"Published v{agent.published.number}{', draft is ahead' if ahead else ''}"


def _balance(balance: Balance, *, reached: bool = True) -> Node:
    left = f"{balance.minutes:,} min"
    if not reached:
        return Node("off", left, "Not reached")
    if not balance.is_active:
        return Node("bad", left, "No credit: no call is taken")
    if balance.tone == "ok":
        return Node("ok", left, "Balance is positive")
    return Node("warn", left, "Balance is positive, and runs low")


def _last(moment: datetime | None) -> str:
    if moment is None:
        return "No call yet"
    return f"Last call {at(moment)}"
