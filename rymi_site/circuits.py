"""Will it pick up? One wire for each agent, broken where a call would stop (P6). It
stands at the roof, as it takes agents, money and calls together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from accounts.models import Workspace
from billing.balance import Balance
from common.wording import at
from telephony.models import Call

SHOWN = 12  # agents; who has more looks into the list


@dataclass(frozen=True, slots=True)
class Node:
    """One station of the wire; ``off``: the call does not get this far."""

    tone: str  # ok, warn, bad, off
    word: str
    reason: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Circuit:
    """The way a call takes: agent, balance, verdict."""

    nodes: tuple[Node, Node, Node]

    def is_closed(self) -> bool:
        """Tell whether a call gets through."""
        return self.nodes[-1].tone != "bad"


def of(workspace: Workspace, balance: Balance) -> list[Circuit]:
    """Draw one wire for each agent, the last changed first: one query."""
    last_call = Call.objects.filter(workspace=workspace, agent=OuterRef("pk"))
    agents = (
        workspace.agents.filter(deleted_at=None)
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
            last_call_at=Subquery(last_call.order_by("-id").values("created_at")[:1])
        )
        .order_by("-updated_at")[:SHOWN]
    )
    return [_circuit(agent, balance) for agent in agents]


def _circuit(agent: Any, balance: Balance) -> Circuit:
    live = agent.published
    who = Node(
        "ok" if live else "bad",
        agent.name,
        _published(agent),
        reverse("agents:agent-detail", args=[agent.id]),
    )
    money = _balance(balance) if live else _balance(balance, reached=False)
    return Circuit((who, money, _verdict(agent, balance)))


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


def _verdict(agent: Any, balance: Balance) -> Node:
    url = reverse("agents:agent-detail", args=[agent.id])
    if agent.published is None:
        return Node("bad", "Does not pick up", "Publish the agent", url)
    if not balance.is_active:
        return Node("bad", "Does not pick up", "The balance is used up")
    return Node("ok", "Ready to pick up", _last(agent.last_call_at))


def _last(moment: datetime | None) -> str:
    if moment is None:
        return "No call yet"
    return f"Last call {at(moment)}"
