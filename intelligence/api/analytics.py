"""Analytics over the API."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api
from common import clock
from common.api.view import ApiView
from intelligence import insights


class SpendQuery(serializers.Serializer[Any]):
    """Days are UTC. ``from`` is a word of Python's, so fields are made by hand."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            "from": serializers.DateField(required=False),
            "to": serializers.DateField(required=False),
            "agent_id": serializers.UUIDField(required=False),
            "status": serializers.ChoiceField(
                choices=list(insights.STATUSES), required=False
            ),
        }


@api("analytics")
class Spend(ApiView):
    """What the workspace's calls came to, day by day."""

    @extend_schema(
        parameters=[
            OpenApiParameter("from", str),
            OpenApiParameter("to", str),
            OpenApiParameter("agent_id", UUID),
            OpenApiParameter("status", enum=list(insights.STATUSES)),
        ],
        responses={200: {"type": "object", "additionalProperties": True}},
    )
    def get(self, request: ApiRequest) -> Response:
        given = {name: text for name, text in request.query_params.items() if text}
        query = SpendQuery(data=given)
        query.is_valid(raise_exception=True)
        wanted, today = query.validated_data, clock.now().date()
        asked = insights.asked(
            wanted.get("from"),
            wanted.get("to"),
            today=today,
            agent_id=wanted.get("agent_id"),
            status=wanted.get("status", ""),
        )
        found = insights.of(request.workspace, asked, today=today)
        return Response(insights.document(found))
