"""Checking and publishing, over the API."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.access import ApiRequest, api, person
from agents import config as configs
from agents import flat, payload, publishing
from agents.api import shapes
from agents.api.agents import agent_of, fields_of
from agents.models import Agent
from agents.publishing import Issue, Report
from common.api import schemas
from common.api.schemas import ID, MOMENT, TEXT
from common.api.view import ApiView

ISSUE = schemas.always(
    {
        "severity": schemas.one_of(["blocker", "warning"]),
        "section": {
            "type": "string",
            "description": "The part of Studio's editor where it is mended.",
        },
        "title": TEXT,
        "detail": TEXT,
    }
)
ISSUES = {"type": "array", "items": ISSUE}
REPORT = schemas.always(
    {
        "valid": {"type": "boolean", "description": "Whether nothing blocks it."},
        "issues": ISSUES,
        "blockers": ISSUES,
        "warnings": ISSUES,
    }
)
PUBLISHED = schemas.always(
    {
        "published": {"type": "boolean", "enum": [True]},
        "agent_id": ID,
        "snapshot_id": ID,
        "published_at": MOMENT,
        "warnings": ISSUES,
    }
)
NOT_PUBLISHED = schemas.always(
    {
        "published": {"type": "boolean", "enum": [False]},
        "reason": {"type": "string", "description": "A sentence for people."},
        "error": {"type": "string", "description": "The same."},
        "blockers": ISSUES,
        "warnings": ISSUES,
    }
)


def _told(issues: Any) -> list[dict[str, str]]:
    return [_issue(each) for each in issues]


def _issue(issue: Issue) -> dict[str, str]:
    return {
        "severity": issue.severity,
        "section": issue.section,
        "title": issue.title,
        "detail": issue.detail,
    }


def report_of(report: Report) -> dict[str, Any]:
    """Return a report as the API shows it."""
    return {
        "valid": not report.blockers,
        "issues": _told(report.issues),
        "blockers": _told(report.blockers),
        "warnings": _told(report.warnings),
    }


@api("agents", write="see")
class Validation(ApiView):
    """What publishing would say of an agent as it would be; nothing is saved."""

    @extend_schema(
        request=shapes.body(
            {
                "type": "object",
                "properties": {
                    "agent_id": {"type": "string", "format": "uuid"},
                    **shapes.payload(needs_name=False)["properties"],
                },
            }
        ),
        responses=shapes.answer(REPORT),
    )
    def post(self, request: ApiRequest) -> Response:
        fields = fields_of(request)
        agent = _meant(request, fields.pop("agent_id", None))
        if isinstance(fields.get("name"), str):
            agent.name = fields["name"]
        document: dict[str, Any] = dict(agent.config)
        for path, value in payload.changes_of(
            {name: value for name, value in fields.items() if name != "name"}
        ).items():
            flat.put(document, path, value)
        agent.config = document
        return Response(report_of(publishing.validate(agent)))


def _meant(request: ApiRequest, wanted: Any) -> Agent:
    if wanted is None:
        config = configs.defaults().document()
        return Agent(workspace=request.workspace, name="Draft", config=config)
    try:
        return agent_of(request, UUID(str(wanted)))
    except ValueError:
        raise ValidationError({"agent_id": "Send the id of an agent."}) from None


@api("agents")
class Publication(ApiView):
    """Making an agent take real calls."""

    @extend_schema(
        request=None, responses=shapes.answer({"oneOf": [PUBLISHED, NOT_PUBLISHED]})
    )
    def post(self, request: ApiRequest, agent_id: UUID) -> Response:
        """Publish; the answer is 200 either way and says whether it was."""
        agent = agent_of(request, agent_id)
        try:
            snapshot = publishing.publish(agent, by=person(request))
        except publishing.Blocked as blocked:
            report = blocked.report
            return Response(
                {
                    "published": False,
                    "reason": blocked.message,
                    "error": blocked.message,
                    "blockers": _told(report.blockers),
                    "warnings": _told(report.warnings),
                }
            )
        return Response(
            {
                "published": True,
                "agent_id": agent.id,
                "snapshot_id": snapshot.id,
                "published_at": snapshot.created_at,
                "warnings": _told(publishing.validate(agent).warnings),
            }
        )
