"""Managed stacks at fixed prices; and roles, which no longer set a price."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api
from billing import skus
from billing.models import ManagedSku
from common import money
from common.api.view import ApiView

ROLES = {  # cents a minute, as they were; kept for clients that still ask
    "operator": ("Operator", 5),
    "specialist": ("Specialist", 10),
    "executive": ("Executive", 25),
    "concierge": ("Concierge", 40),
}
ROLE = {
    "type": "object",
    "required": ["rate_per_minute", "rate_per_second", "display_name"],
    "properties": {
        "rate_per_minute": {"type": "number"},
        "rate_per_second": {"type": "number"},
        "display_name": {"type": "string"},
    },
}


class SkuOutput(serializers.ModelSerializer[ManagedSku]):
    price_per_min = serializers.SerializerMethodField()
    stack = serializers.DictField(
        child=serializers.CharField(), help_text="stt, llm and tts as provider/model."
    )
    currency = serializers.SerializerMethodField()

    class Meta:
        model = ManagedSku
        fields: ClassVar = [
            "id",
            "name",
            "description",
            "price_per_min",
            "currency",
            "stack",
            "priced_on",
        ]

    def get_price_per_min(self, sku: ManagedSku) -> float:
        return float(money.usd(sku.price_micros))

    def get_currency(self, sku: ManagedSku) -> str:
        return "USD"


class SkuListOutput(serializers.Serializer[Any]):
    skus = SkuOutput(many=True)


@api("billing", read="see", write="pay")
class ManagedSkuList(ApiView):
    """The managed stacks and what a minute with each costs."""

    @extend_schema(responses=SkuListOutput)
    def get(self, request: ApiRequest) -> Response:
        offered = skus.to_choose_from()
        return Response({"skus": SkuOutput(offered, many=True).data})


@api("billing", read="see", write="pay")
class AgentRoles(ApiView):
    """Roles as they once were priced. They affect no price any more."""

    @extend_schema(
        responses={
            (200, "application/json"): {
                "type": "object",
                "required": ["roles"],
                "properties": {
                    "roles": {"type": "object", "additionalProperties": ROLE}
                },
            }
        }
    )
    def get(self, request: ApiRequest) -> Response:
        roles = {
            name: {
                "rate_per_minute": cents / 100,
                "rate_per_second": round(cents / 6000, 6),
                "display_name": words,
            }
            for name, (words, cents) in ROLES.items()
        }
        return Response({"roles": roles})
