"""The ledger over the API."""

from collections.abc import Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api
from billing.models import LedgerEntry
from common import money
from common.api import pagination
from common.api.view import ApiView


class TransactionOutput(serializers.ModelSerializer[LedgerEntry]):
    amount_credits = serializers.SerializerMethodField()
    amount_usd = serializers.SerializerMethodField()
    balance_after_usd = serializers.SerializerMethodField()

    class Meta:
        model = LedgerEntry
        fields: ClassVar = [
            "id",
            "sequence",
            "kind",
            "amount_credits",
            "amount_usd",
            "balance_after_usd",
            "source",
            "note",
            "created_at",
        ]

    def get_amount_credits(self, entry: LedgerEntry) -> float:
        return float(money.credits(entry.amount_micros))

    def get_amount_usd(self, entry: LedgerEntry) -> float:
        return float(money.usd(entry.amount_micros))

    def get_balance_after_usd(self, entry: LedgerEntry) -> float:
        return float(money.usd(entry.balance_after_micros))


@api("billing", read="pay", write="pay")
class TransactionList(ApiView):
    """Every movement of the wallet, the last first."""

    @extend_schema(
        parameters=pagination.parameters(),
        responses=pagination.shape("transactions", TransactionOutput),
    )
    def get(self, request: ApiRequest) -> Response:
        rows = LedgerEntry.objects.filter(wallet_id=request.workspace.pk)

        def output(found: Sequence[LedgerEntry]) -> list[Any]:
            return list(TransactionOutput(found, many=True).data)

        return pagination.page(
            request, rows, key="transactions", output=output, grows_only=True
        )
