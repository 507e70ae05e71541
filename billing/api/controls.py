"""Spend controls over the API: people change them, programs only read."""

from decimal import Decimal
from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api, person
from accounts.models import User
from billing import alerts, auto_recharge, profiles
from common.api.done import OkOutput
from common.api.view import ApiView


class UsdField(serializers.DecimalField):
    """Dollars, to the cent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, **options)


class AutoRechargeInput(serializers.Serializer[Any]):
    enabled = serializers.BooleanField(required=False)
    pack_usd = UsdField(required=False, min_value=Decimal(1), max_value=Decimal(1000))
    threshold_usd = UsdField(
        required=False, min_value=Decimal(0), max_value=Decimal(100)
    )


class AutoRechargeOutput(serializers.Serializer[Any]):
    enabled = serializers.BooleanField()
    pack_usd = serializers.FloatField()
    threshold_usd = serializers.FloatField()
    has_saved_card = serializers.BooleanField()
    last_error = serializers.CharField(allow_null=True)


class AlertsInput(serializers.Serializer[Any]):
    thresholds_usd = serializers.ListField(
        child=UsdField(min_value=Decimal("0.01"), max_value=Decimal(1_000_000)),
        max_length=alerts.MOST,
        required=False,
    )
    low_balance_pct = serializers.IntegerField(
        required=False, min_value=0, max_value=100
    )
    email_enabled = serializers.BooleanField(required=False)


class AlertsOutput(serializers.Serializer[Any]):
    thresholds_usd = serializers.ListField(child=serializers.FloatField())
    low_balance_pct = serializers.IntegerField()
    email_enabled = serializers.BooleanField()


class CountryInput(serializers.Serializer[Any]):
    billing_country = serializers.CharField(max_length=2, min_length=2)


class CountryOutput(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    billing_country = serializers.CharField()


def _cents(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount * 100)


def _who(request: ApiRequest) -> User:
    return cast(User, person(request))  # keys do not get past the gate here


def _asked(form: type[serializers.Serializer[Any]], request: ApiRequest) -> Any:
    checked = form(data=request.data)
    checked.is_valid(raise_exception=True)
    return checked.validated_data


@api("billing", read="pay", write="pay", key_writes=False)
class AutoRechargeDetail(ApiView):
    """Buying a pack by itself when the balance falls below a threshold."""

    @extend_schema(responses=AutoRechargeOutput)
    def get(self, request: ApiRequest) -> Response:
        row = auto_recharge.of(request.workspace)
        return Response(
            {
                "enabled": row.enabled,
                "pack_usd": row.pack_cents / 100,
                "threshold_usd": row.threshold_cents / 100,
                "has_saved_card": bool(profiles.of(request.workspace).method_id),
                "last_error": row.last_error or None,
            }
        )

    @extend_schema(request=AutoRechargeInput, responses=OkOutput)
    def put(self, request: ApiRequest) -> Response:
        asked = _asked(AutoRechargeInput, request)
        auto_recharge.configure(
            request.workspace,
            enabled=asked.get("enabled"),
            pack_cents=_cents(asked.get("pack_usd")),
            threshold_cents=_cents(asked.get("threshold_usd")),
            by=_who(request),
        )
        return Response({"ok": True})


@api("billing", read="pay", write="pay", key_writes=False)
class AlertsDetail(ApiView):
    """Mails when a month's spend passes an amount, or little is left."""

    @extend_schema(responses=AlertsOutput)
    def get(self, request: ApiRequest) -> Response:
        row = alerts.of(request.workspace)
        return Response(
            {
                "thresholds_usd": [cents / 100 for cents in row.thresholds_cents],
                "low_balance_pct": row.low_balance_pct,
                "email_enabled": row.email_enabled,
            }
        )

    @extend_schema(request=AlertsInput, responses=OkOutput)
    def put(self, request: ApiRequest) -> Response:
        asked = _asked(AlertsInput, request)
        amounts = asked.get("thresholds_usd")
        alerts.configure(
            request.workspace,
            thresholds_cents=None
            if amounts is None
            else [int(amount * 100) for amount in amounts],
            low_balance_pct=asked.get("low_balance_pct"),
            email_enabled=asked.get("email_enabled"),
            by=_who(request),
        )
        return Response({"ok": True})


@api("billing", read="pay", write="pay", key_writes=False)
class CountryDetail(ApiView):
    """The billing country; fixed once an invoice was paid."""

    @extend_schema(responses=CountryOutput)
    def get(self, request: ApiRequest) -> Response:
        country = profiles.of(request.workspace).country
        return Response({"ok": True, "billing_country": country})

    @extend_schema(request=CountryInput, responses=CountryOutput)
    def put(self, request: ApiRequest) -> Response:
        asked = _asked(CountryInput, request)
        profile = profiles.set_country(
            request.workspace, asked["billing_country"], by=_who(request)
        )
        return Response({"ok": True, "billing_country": profile.country})
