"""Invoices over the API."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api
from billing import invoices
from billing.models import Invoice, InvoiceItem
from common import money
from common.api import pagination
from common.api.view import ApiView
from common.errors import NotFound


class InvoiceOutput(serializers.ModelSerializer[Invoice]):
    invoice_number = serializers.CharField(source="number")
    tenant_id = serializers.UUIDField(source="workspace_id")
    payment_event_id = serializers.UUIDField(source="payment_id", allow_null=True)
    period_start = serializers.DateTimeField(source="issued_at")
    period_end = serializers.DateTimeField(source="issued_at")

    class Meta:
        model = Invoice
        fields: ClassVar = [
            "id",
            "invoice_number",
            "tenant_id",
            "kind",
            "status",
            "currency",
            "subtotal_minor",
            "tax_minor",
            "discount_minor",
            "total_minor",
            "gateway",
            "gateway_invoice_id",
            "payment_event_id",
            "period_start",
            "period_end",
            "issued_at",
            "paid_at",
            "voided_at",
        ]


class InvoiceItemOutput(serializers.ModelSerializer[InvoiceItem]):
    plan_id = serializers.SerializerMethodField()

    class Meta:
        model = InvoiceItem
        fields: ClassVar = [
            "id",
            "kind",
            "description",
            "quantity",
            "unit_amount_minor",
            "amount_minor",
            "plan_id",
            "credit_transaction_id",
        ]

    def get_plan_id(self, item: InvoiceItem) -> str | None:
        return None


class UsedOutput(serializers.Serializer[Any]):
    agent = serializers.CharField(source="label")
    calls = serializers.IntegerField()
    amount_usd = serializers.SerializerMethodField()

    def get_amount_usd(self, used: invoices.Used) -> float:
        return float(money.usd(used.micros))


class InvoicePageOutput(serializers.Serializer[Any]):
    invoices = InvoiceOutput(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class InvoiceDetailOutput(serializers.Serializer[Any]):
    invoice = InvoiceOutput()
    items = InvoiceItemOutput(many=True)
    calls_by_agent = UsedOutput(many=True)


@api("billing", read="pay", write="pay")
class InvoiceList(ApiView):
    """Invoices and credit notes, the last first."""

    @extend_schema(
        operation_id="billing_invoices_list",
        parameters=pagination.parameters(),
        responses=InvoicePageOutput,
    )
    def get(self, request: ApiRequest) -> Response:
        rows = request.workspace.invoices.order_by("-pk")
        found, following = pagination.cut(rows, pagination.wanted(request))
        return Response(
            {
                "invoices": InvoiceOutput(found, many=True).data,
                "next_cursor": following,
            }
        )


@api("billing", read="pay", write="pay")
class InvoiceDetail(ApiView):
    """One invoice: its items, and which agents' calls its credit paid for."""

    @extend_schema(responses=InvoiceDetailOutput)
    def get(self, request: ApiRequest, invoice_id: UUID) -> Response:
        invoice = invoices.of(request.workspace, invoice_id)
        if invoice is None:
            raise NotFound("There is no such invoice here.")
        consumption = invoices.consumption(invoice)
        used = consumption.used if consumption else []
        return Response(
            {
                "invoice": InvoiceOutput(invoice).data,
                "items": InvoiceItemOutput(invoice.items.all(), many=True).data,
                "calls_by_agent": UsedOutput(used, many=True).data,
            }
        )
