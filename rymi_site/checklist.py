"""What a new workspace has to do before it earns its keep."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse

from accounts.access import Right
from accounts.models import Invitation, Membership, Workspace
from agents.models import ProviderKey
from billing.balance import Balance
from rymi_site.circuits import Circuit
from telephony.models import Call, Number


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do in a new workspace."""

    key: str
    label: str
    told: str
    url: str
    is_done: bool
    right: Right = "edit"  # who is asked to do it


def of(workspace: Workspace, wires: list[Circuit], balance: Balance) -> list[Step]:
    """Return what a new workspace should do, in order: one query."""
    has = _facts(workspace)
    told = {each.agent.url: each.agent for each in wires if each.agent.word != "Nobody"}
    published = sum(node.tone == "ok" for node in told.values())
    agents = reverse("agents:agent-list")
    first = next(iter(told), agents)
    keys, team = reverse("agents:provider-list"), reverse("accounts:member-list")
    count = f"{len(told)} agent{'' if len(told) == 1 else 's'}"
    numbers = reverse("telephony:number-list")
    return [
        Step("agent", "Describe an agent", count, agents, bool(told)),
        Step("talk", "Talk to it", "In the browser, at once", first, has["talked"]),
        Step("publish", "Publish it", f"{published} published", first, published > 0),
        Step("number", "Give it a number", _NUMBER, numbers, has["number"]),
        Step("credit", "Have credit", _left(balance), "", balance.is_active),
        Step("keys", "Bring your own keys", _KEYS, keys, has["keys"], "administer"),
        Step("team", "Invite a colleague", _TEAM, team, has["team"], "administer"),
    ]


_NUMBER = "From your own carrier, when people shall call"
_KEYS = "For models and voices you pay for"
_TEAM = "To edit, to try, or to look"


def _facts(workspace: Workspace) -> dict[str, bool]:
    own = {"workspace": OuterRef("pk")}
    second = Membership.objects.filter(**own).order_by("pk")[1:2]
    facts: Any = (
        Workspace.objects.filter(pk=workspace.pk)
        .values(
            talked=Exists(Call.objects.filter(**own)),
            number=Exists(Number.objects.filter(**own).exclude(agent=None)),
            keys=Exists(ProviderKey.objects.filter(**own)),
            team=Exists(second) | Exists(Invitation.objects.filter(**own)),
        )
        .get()
    )
    return dict(facts)


def _left(balance: Balance) -> str:
    return f"{balance.minutes:,} min left"
