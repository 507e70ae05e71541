"""What a stack costs, before anybody dials."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api
from agents import estimating
from common import money
from common.api.view import ApiView


class EstimateInput(serializers.Serializer[Any]):
    stt_model = serializers.CharField(max_length=120, required=False)
    llm_model = serializers.CharField(max_length=120, required=False)
    tts_model = serializers.CharField(max_length=120, required=False)
    duration_seconds = serializers.IntegerField(
        required=False, min_value=0, max_value=86_400
    )


class PartOutput(serializers.Serializer[Any]):
    channel = serializers.CharField()
    item = serializers.CharField()
    usd_per_minute = serializers.FloatField(allow_null=True)
    basis = serializers.CharField()


class EstimateOutput(serializers.Serializer[Any]):
    currency = serializers.CharField()
    rate_per_minute_usd = serializers.FloatField(allow_null=True)
    platform_fee_per_minute_usd = serializers.FloatField()
    components = PartOutput(many=True)
    unpriced = serializers.ListField(child=serializers.CharField())
    price_book = serializers.CharField()
    duration_seconds = serializers.IntegerField(allow_null=True)
    billed_seconds = serializers.IntegerField(allow_null=True)
    estimated_minutes = serializers.FloatField(allow_null=True)
    estimated_cost_usd = serializers.FloatField(allow_null=True)


def _usd(micros: int | None) -> float | None:
    return None if micros is None else float(money.usd(micros))


@api("billing", read="see", write="see")
class Estimate(ApiView):
    """The price of a minute of a stack, and of a call of some length. A part without a
    known price makes the whole unpriced: null, never 0."""

    @extend_schema(request=EstimateInput, responses=EstimateOutput)
    def post(self, request: ApiRequest) -> Response:
        form = EstimateInput(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        found = estimating.of(
            {
                channel: asked.get(f"{channel}_model", "")
                for channel in ("stt", "llm", "tts")
            },
            seconds=asked.get("duration_seconds"),
        )
        rate = found.rate
        return Response(
            {
                "currency": "USD",
                "rate_per_minute_usd": _usd(found.per_minute_micros),
                "platform_fee_per_minute_usd": _usd(
                    rate.components[-1].per_minute_micros
                ),
                "components": [
                    {
                        "channel": part.channel,
                        "item": part.item,
                        "usd_per_minute": _usd(part.per_minute_micros),
                        "basis": part.basis,
                    }
                    for part in rate.components
                ],
                "unpriced": list(rate.unpriced),
                "price_book": rate.price_book,
                "duration_seconds": asked.get("duration_seconds"),
                "billed_seconds": None
                if found.billed_ms is None
                else found.billed_ms // 1000,
                "estimated_minutes": None
                if found.billed_ms is None
                else found.billed_ms / 60_000,
                "estimated_cost_usd": _usd(found.cost_micros),
            }
        )
