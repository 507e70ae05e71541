"""Agents over the API."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.access import ApiRequest, api, person
from agents import authoring, flat, listing, payload, stacks
from agents import config as configs
from agents.api import shapes
from agents.models import Agent
from common.api import pagination, schemas
from common.api.view import ApiView
from common.errors import NotFound


def agent_of(request: ApiRequest, agent_id: UUID) -> Agent:
    """Return the workspace's agent, or refuse as if there were none."""
    found = request.workspace.agents.filter(pk=agent_id, deleted_at=None)
    agent: Agent | None = found.select_related("published", "workspace").first()
    if agent is None:
        raise NotFound("There is no such agent here.")
    return agent


def fields_of(request: ApiRequest) -> dict[str, Any]:
    """Return the body, which has to be an object."""
    if not isinstance(request.data, dict):
        raise ValidationError("Send a JSON object.")
    return dict(request.data)


@api("agents")
class AgentList(ApiView):
    """The workspace's agents."""

    @extend_schema(
        operation_id="agents_list",
        parameters=pagination.parameters(pagination.MOST_WIDE),
        responses=shapes.answer(schemas.listing("agents", shapes.named("Agent"))),
    )
    def get(self, request: ApiRequest) -> Response:
        rows = request.workspace.agents.filter(deleted_at=None)
        return pagination.page(
            request,
            listing.rows(rows),
            key="agents",
            output=listing.shown,
            most=pagination.MOST_WIDE,
        )

    @extend_schema(
        request=shapes.body(shapes.payload(needs_name=True)),
        responses={201: shapes.done("created")},
    )
    def post(self, request: ApiRequest) -> Response:
        fields = fields_of(request)
        agent = authoring.create(
            workspace=request.workspace,
            name=_name(fields),
            config=payload.config_of(flat.nested(fields)),
            by=person(request),
            template=str(fields.get("sourceTemplateId") or "")[:64],
        )
        return Response({"status": "created", "id": agent.id}, status=201)


def _name(fields: dict[str, Any]) -> str:
    name = fields.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ValidationError({"name": "Give the agent a name."})
    return name


@api("agents")
class AgentDetail(ApiView):
    """One agent."""

    @extend_schema(responses=shapes.answer(shapes.named("AgentInFull")))
    def get(self, request: ApiRequest, agent_id: UUID) -> Response:
        return Response(_shown(agent_of(request, agent_id)))

    @extend_schema(
        request=shapes.body(shapes.payload(needs_name=False)),
        responses=shapes.answer(shapes.done("updated")),
    )
    def put(self, request: ApiRequest, agent_id: UUID) -> Response:
        """Change what is named; the rest stays. null puts a setting back."""
        agent = agent_of(request, agent_id)
        changes = payload.changes_of(fields_of(request))
        authoring.edit(agent, changes=changes, by=person(request))
        return Response({"status": "updated", "id": agent.id})

    @extend_schema(responses=shapes.answer(shapes.done("deleted")))
    def delete(self, request: ApiRequest, agent_id: UUID) -> Response:
        agent = agent_of(request, agent_id)
        authoring.delete(agent, by=person(request))
        return Response({"status": "deleted", "id": agent.id})


def _shown(agent: Agent) -> dict[str, Any]:
    stack = stacks.resolve(configs.parse(agent.config), agent.workspace)
    return payload.shown(agent, stack)


@api("agents")
class AgentCopy(ApiView):
    """Copies of an agent."""

    @extend_schema(request=None, responses={201: shapes.done("created")})
    def post(self, request: ApiRequest, agent_id: UUID) -> Response:
        copy = authoring.clone(agent_of(request, agent_id), by=person(request))
        return Response({"status": "created", "id": copy.id}, status=201)
