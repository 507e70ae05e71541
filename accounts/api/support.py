"""Support over the API."""

from collections.abc import Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import support, system_status
from accounts.access import ApiRequest, api, person
from accounts.models import Level, SupportTicket
from common import clock
from common.api import pagination
from common.api.view import ApiView


class TicketInput(serializers.Serializer[Any]):
    subject = serializers.CharField(min_length=3, max_length=200)
    category = serializers.ChoiceField(SupportTicket.Category.values)
    description = serializers.CharField(min_length=10, max_length=5_000)
    call_id = serializers.UUIDField(required=False, allow_null=True)
    contact_email = serializers.EmailField(
        max_length=254, required=False, allow_null=True, allow_blank=True
    )


class TicketOutput(serializers.ModelSerializer[SupportTicket]):
    class Meta:
        model = SupportTicket
        fields: ClassVar = [
            "id",
            "subject",
            "category",
            "description",
            "call_id",
            "status",
            "contact_email",
            "created_at",
            "updated_at",
        ]


class TicketMadeOutput(serializers.ModelSerializer[SupportTicket]):
    class Meta:
        model = SupportTicket
        fields: ClassVar = ["id", "status", "created_at"]


class OpenedOutput(serializers.Serializer[Any]):
    """The ticket is kept in any case; ``email_reason`` says why no letter went."""

    ticket = TicketMadeOutput()
    email_delivered = serializers.BooleanField()
    email_reason = serializers.CharField(allow_null=True)


class SystemStatusOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(Level.values)
    message = serializers.CharField(allow_null=True)
    updated_at = serializers.DateTimeField()


def _rows(tickets: Sequence[SupportTicket]) -> list[Any]:
    return list(TicketOutput(tickets, many=True).data)


@api("support", write="see", in_one_go=False)
class TicketList(ApiView):
    """What the workspace asked support."""

    @extend_schema(
        parameters=pagination.parameters(),
        responses=pagination.shape("data", TicketOutput),
    )
    def get(self, request: ApiRequest) -> Response:
        rows = request.workspace.support_tickets.all()
        return pagination.page(request, rows, key="data", output=_rows)

    @extend_schema(
        request=TicketInput,
        responses={201: OpenedOutput},
    )
    def post(self, request: ApiRequest) -> Response:
        wanted = TicketInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        opened = support.open_ticket(
            workspace=request.workspace,
            subject=asked["subject"],
            category=asked["category"],
            description=asked["description"],
            call_id=asked.get("call_id"),
            contact_email=asked.get("contact_email") or "",
            by=person(request),
        )
        ticket = opened.ticket
        return Response(
            {
                "ticket": {
                    "id": ticket.id,
                    "status": ticket.status,
                    "created_at": ticket.created_at,
                },
                "email_delivered": opened.email_delivered,
                "email_reason": opened.email_reason or None,
            },
            status=201,
        )


@api("support", scopeless=True)
class SystemStatusDetail(ApiView):
    """How the system is."""

    @extend_schema(responses=SystemStatusOutput)
    def get(self, request: ApiRequest) -> Response:
        found = system_status.of_now()
        return Response(
            {
                "status": found.level,
                "message": found.message or None,
                "updated_at": found.updated_at or clock.now(),
            }
        )
