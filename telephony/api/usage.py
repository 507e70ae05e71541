"""What workspaces used, and who one is, over the API."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import workspaces
from accounts.access import ApiRequest, api, key_of
from accounts.api import reach
from common import clock, money
from common.api.view import ApiView
from telephony import connections, usage


class Used(serializers.Serializer[Any]):
    """What a month came to. Minutes are billed ones; 1 credit is 1 US cent."""

    calls = serializers.IntegerField()
    minutes = serializers.FloatField()
    credits = serializers.FloatField()


class WorkspaceUsageOutput(Used):
    workspace_id = serializers.UUIDField()
    month = serializers.CharField(help_text="2026-11")
    # What it costs is between others: a client is not told.
    credits = serializers.FloatField(required=False)


class WorkspaceUsedOutput(Used):
    id = serializers.UUIDField()
    name = serializers.CharField()
    spend_cap_cents_monthly = serializers.IntegerField(allow_null=True)


class AccountWorkspacesOutput(serializers.Serializer[Any]):
    workspaces = WorkspaceUsedOutput(many=True)


class MeOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    api_key_prefix = serializers.CharField(allow_null=True)
    telephony_provider = serializers.CharField(allow_null=True)
    plivo_connected = serializers.BooleanField()
    plivo_account_name = serializers.CharField(allow_null=True)
    plivo_account_country = serializers.CharField(allow_null=True)


def _credits(micros: int) -> float:
    return float(money.credits(micros))


@api("workspaces")
class WorkspaceUsage(ApiView):
    """Calls, minutes and credits of one month."""

    @extend_schema(
        parameters=[OpenApiParameter("month", {"type": "string"})],
        responses=WorkspaceUsageOutput,
    )
    def get(self, request: ApiRequest, workspace_id: UUID) -> Response:
        found = reach.workspace(request, workspace_id)
        month, since, until = usage.month(
            request.query_params.get("month"), clock.now()
        )
        used = usage.of([workspace_id], since, until)[workspace_id]
        told: dict[str, Any] = {
            "workspace_id": workspace_id,
            "month": month,
            "calls": used.calls,
            "minutes": used.minutes,
        }
        if found.role != "client":  # what it costs is between others
            told["credits"] = _credits(used.charge_micros)
        return Response(told)


@api("accounts", read="pay")
class AccountWorkspaces(ApiView):
    """The account's workspaces and what they used this month."""

    @extend_schema(responses=AccountWorkspacesOutput)
    def get(self, request: ApiRequest, account_id: UUID) -> Response:
        account = reach.account(request, account_id)
        _, since, until = usage.month(None, clock.now())
        rows = list(workspaces.of_account(account.pk).order_by("name", "id"))
        used = usage.of([each.pk for each in rows], since, until)
        return Response(
            {
                "workspaces": [
                    {
                        "id": each.id,
                        "name": each.name,
                        "calls": used[each.pk].calls,
                        "minutes": used[each.pk].minutes,
                        "credits": _credits(used[each.pk].charge_micros),
                        "spend_cap_cents_monthly": each.spend_cap_cents_monthly,
                    }
                    for each in rows
                ]
            }
        )


@api("keys", scopeless=True)
class Me(ApiView):
    """Who asks, and which carrier the workspace has."""

    @extend_schema(responses=MeOutput)
    def get(self, request: ApiRequest) -> Response:
        key = key_of(request)
        carrier = connections.active(request.workspace)
        plivo = carrier if carrier and carrier.provider == "plivo" else None
        return Response(
            {
                "id": request.workspace.id,
                "name": request.workspace.name,
                "api_key_prefix": key.key_prefix if key else None,
                "telephony_provider": carrier.provider if carrier else None,
                "plivo_connected": plivo is not None,
                "plivo_account_name": plivo.account_name if plivo else None,
                "plivo_account_country": plivo.account_country if plivo else None,
            }
        )
