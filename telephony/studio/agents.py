"""The agents that a form offers, and the one that it names."""

from django.db.models import QuerySet

from accounts.access import StudioRequest
from accounts.models import Workspace
from agents.models import Agent
from common import ids
from common.errors import Refusal
from telephony import numbers


def published(workspace: Workspace) -> QuerySet[Agent]:
    """Return those that may call somebody."""
    found: QuerySet[Agent] = workspace.agents.filter(
        deleted_at=None, published__isnull=False
    )
    return found.select_related("published").only(
        "name", "published__number", "workspace"
    )


def chosen(request: StudioRequest) -> Agent:
    """Return the one that is named, or raise a refusal."""
    wanted = ids.read(request.POST.get("agent", ""))
    if wanted is None:
        raise Refusal("Choose an agent of the list.")
    return numbers.agent_of(request.workspace, wanted)
