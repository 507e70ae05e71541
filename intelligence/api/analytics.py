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


class Figures(serializers.Serializer[Any]):
    """Minutes are billed ones, to two digits; costs are USD, to four."""

    calls = serializers.IntegerField()
    minutes = serializers.FloatField()
    cost = serializers.FloatField()


class DayFigures(Figures):
    date = serializers.DateField()


class AgentFigures(Figures):
    agent_id = serializers.UUIDField()


class TelecomCosts(serializers.Serializer[Any]):
    """Of calls by telephone."""

    total_minutes = serializers.FloatField()
    cost_usd = serializers.FloatField()


class DropOff(serializers.Serializer[Any]):
    """How many connected calls lasted that long."""

    bucket = serializers.ChoiceField(choices=list(insights.BUCKETS))
    count = serializers.IntegerField()


class SpendOutput(serializers.Serializer[Any]):
    """Rates are shares from 0 to 1; money is USD. Days without a call are there, too."""

    total_calls = serializers.IntegerField()
    completed_calls = serializers.IntegerField()
    in_progress_calls = serializers.IntegerField()
    average_duration_seconds = serializers.FloatField()
    success_rate = serializers.FloatField()
    telecom_costs = TelecomCosts()
    total_spent = serializers.FloatField()
    time_series = DayFigures(many=True)
    status_distribution = serializers.DictField(child=serializers.IntegerField())
    sentiment_distribution = serializers.DictField(child=serializers.IntegerField())
    agent_performance = AgentFigures(many=True)
    drop_off_points = DropOff(many=True)
    # What was asked for; one of its names, "from", is a word of Python's.
    filters = serializers.DictField(child=serializers.CharField(allow_null=True))


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
        responses=SpendOutput,
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
