"""The log of an agent's changes, over the API."""

from datetime import UTC
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.access import ApiRequest, api, person
from agents import authoring, payload
from agents.api import shapes
from agents.api.agents import agent_of
from agents.models import Change
from common.api import schemas
from common.api.schemas import ID, MOMENT
from common.api.view import ApiView
from common.errors import NotFound

MOST = 500  # changes, newest first

CHANGE = schemas.always(
    {
        "change_id": ID,
        "field_path": {
            "type": "string",
            "description": "Of a setting, such as persona.role.",
        },
        "before_jsonb": {"description": "The setting's value; of any type."},
        "after_jsonb": {"description": "The setting's value; of any type."},
        "changed_by": schemas.maybe(ID, "The person; null: a key did it."),
        "created_at": MOMENT,
        "undone_at": schemas.maybe(MOMENT),
    }
)
UNDONE = schemas.always(
    {
        "ok": {"type": "boolean"},
        "changeId": ID,
        "agentSnapshot": shapes.named("AgentInFull"),
    }
)


@api("agents")
class ChangeList(ApiView):
    """What was changed, newest first."""

    @extend_schema(
        parameters=[OpenApiParameter("since", {"type": "string"})],
        responses=shapes.answer(
            schemas.always({"changes": {"type": "array", "items": CHANGE}})
        ),
    )
    def get(self, request: ApiRequest, agent_id: UUID) -> Response:
        rows = agent_of(request, agent_id).changes.order_by("-id")
        if since := request.query_params.get("since"):
            rows = rows.filter(created_at__gte=_moment(since))
        return Response({"changes": [_shown(change) for change in rows[:MOST]]})


def _moment(text: str) -> Any:
    try:
        found = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        found = None
    if found is None:
        raise ValidationError({"since": "Send a time such as 2026-03-01T12:00:00Z."})
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _shown(change: Change) -> dict[str, Any]:
    return {
        "change_id": change.id,
        "field_path": change.field_path,
        "before_jsonb": change.before,
        "after_jsonb": change.after,
        "changed_by": change.changed_by_id,
        "created_at": change.created_at,
        "undone_at": change.undone_at,
    }


@api("agents")
class ChangeUndo(ApiView):
    """Taking one change back."""

    @extend_schema(request=None, responses=shapes.answer(UNDONE))
    def post(self, request: ApiRequest, agent_id: UUID, change_id: UUID) -> Response:
        agent = agent_of(request, agent_id)
        change = agent.changes.filter(pk=change_id).first()
        if change is None:
            raise NotFound("There is no such change of this agent.")
        undone = authoring.undo(change, by=person(request))
        undone.workspace = agent.workspace
        return Response(
            {
                "ok": True,
                "changeId": change_id,
                "agentSnapshot": payload.shown(undone),
            }
        )
