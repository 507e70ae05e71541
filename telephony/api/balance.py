"""The balance over the API. It stands here because it also tells whether there are
agents and calls."""

from typing import Any, Literal

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api
from accounts.models import Workspace
from billing import balance
from common import money
from common.api.view import ApiView


class BalanceOutput(serializers.Serializer[Any]):
    tenant_id = serializers.UUIDField()
    balance_seconds = serializers.IntegerField()
    balance_usd = serializers.FloatField()
    balance_credits = serializers.FloatField()
    estimated_minutes_remaining = serializers.IntegerField()
    topup_minutes_remaining = serializers.IntegerField()
    roles = serializers.DictField(help_text="Empty: roles set no price any more.")
    is_active = serializers.BooleanField()
    tone = serializers.ChoiceField(["ok", "low", "critical", "depleted"])
    tenant_state = serializers.ChoiceField(
        ["no_agents", "agents_no_calls", "has_calls"]
    )
    primary_role = serializers.CharField(allow_null=True)
    agent_roles_in_use = serializers.ListField(child=serializers.CharField())
    recent_daily_spend_usd = serializers.FloatField(allow_null=True)
    runway_days_estimate = serializers.IntegerField(allow_null=True)


@api("billing", read="pay", write="pay")
class BalanceDetail(ApiView):
    """What is left, for how long, and whether calls are taken at all."""

    @extend_schema(responses=BalanceOutput)
    def get(self, request: ApiRequest) -> Response:
        stands = balance.of(request.workspace)
        daily = stands.daily_spend_micros
        return Response(
            {
                "tenant_id": request.workspace.pk,
                "balance_seconds": stands.minutes * 60,
                "balance_usd": float(stands.usd),
                "balance_credits": float(stands.credits),
                "estimated_minutes_remaining": stands.minutes,
                "topup_minutes_remaining": stands.minutes,
                "roles": {},
                "is_active": stands.is_active,
                "tone": stands.tone,
                "tenant_state": _state(request.workspace),
                "primary_role": None,
                "agent_roles_in_use": [],
                "recent_daily_spend_usd": None
                if daily is None
                else float(money.usd(daily)),
                "runway_days_estimate": stands.runway_days,
            }
        )


def _state(
    workspace: Workspace,
) -> Literal["no_agents", "agents_no_calls", "has_calls"]:
    if workspace.calls.exists():
        return "has_calls"
    has_agents = workspace.agents.filter(deleted_at=None).exists()
    return "agents_no_calls" if has_agents else "no_agents"
