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
from telephony.models import Call


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
    published = sum(each.nodes[0].tone == "ok" for each in wires)
    agents = reverse("agents:agent-list")
    first = wires[0].nodes[0].url if wires else agents
    keys, team = reverse("agents:provider-list"), reverse("accounts:member-list")
    count = f"{len(wires)} agent{'' if len(wires) == 1 else 's'}"
    return [
        Step("agent", "Describe an agent", count, agents, bool(wires)),
        Step("talk", "Talk to it", "In the browser, at once", first, has["talked"]),
        Step("publish", "Publish it", f"{published} published", first, published > 0),
        Step("credit", "Have credit", _left(balance), "", balance.is_active),
        Step("keys", "Bring your own keys", _KEYS, keys, has["keys"], "administer"),
        Step("team", "Invite a colleague", _TEAM, team, has["team"], "administer"),
    ]


_KEYS = "For models and voices you pay for"
_TEAM = "To edit, to try, or to look"


def _facts(workspace: Workspace) -> dict[str, bool]:
    own = {"workspace": OuterRef("pk")}
    second = Membership.objects.filter(**own).order_by("pk")[1:2]
    facts: Any = (
        Workspace.objects.filter(pk=workspace.pk)
        .values(
            talked=Exists(Call.objects.filter(**own)),
            keys=Exists(ProviderKey.objects.filter(**own)),
            team=Exists(second) | Exists(Invitation.objects.filter(**own)),
        )
        .get()
    )
    return dict(facts)


def _left(balance: Balance) -> str:
    return f"{balance.minutes:,} min left"
