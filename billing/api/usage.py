"""What is left, in minutes: customers see their voice balance so."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api
from billing import balance
from common.api.view import ApiView


class LaneOutput(serializers.Serializer[Any]):
    remaining_minutes = serializers.IntegerField()
    status = serializers.ChoiceField(["ok", "low", "critical", "depleted"])


class UsageSummaryOutput(serializers.Serializer[Any]):
    voice_runtime = LaneOutput()


@api("billing", read="pay", write="pay")
class UsageSummary(ApiView):
    """What is left of each lane. Studio AI costs nothing and analyses are in the price
    of the call: neither has an allowance, so their lanes are left out."""

    @extend_schema(responses=UsageSummaryOutput)
    def get(self, request: ApiRequest) -> Response:
        stands = balance.of(request.workspace)
        lane = {"remaining_minutes": stands.minutes, "status": stands.tone}
        return Response({"voice_runtime": lane})
