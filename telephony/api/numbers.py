"""Phone numbers over the API."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api, person
from common.api import pagination, schemas
from common.api.schemas import ID, MOMENT, TEXT
from common.api.view import ApiView
from telephony import addresses, connections, numbers
from telephony.models import CarrierConnection, Number

MAYBE = schemas.maybe(TEXT)
MAYBE_ID = schemas.maybe(ID)
NO_PRICE = schemas.maybe(
    {"type": "number"}, "Always null: numbers are the customer's own."
)
RECORD: dict[str, Any] = schemas.always(
    {
        "id": ID,
        "number": TEXT,
        "phone_number": TEXT,
        "provider": MAYBE,
        "capabilities": {"type": "array", "items": TEXT},
        "price": NO_PRICE,
        "monthly_price": NO_PRICE,
        "agent_id": MAYBE_ID,
        "assigned_agent_id": {**MAYBE_ID, "description": "The same."},
        "label": TEXT,
        "created_at": MOMENT,
        "webhook_status": schemas.one_of(
            ["configured", "manual_required", "failed", None]
        ),
        "webhook_url": MAYBE,
        "webhook_error": MAYBE,
        "last_inbound_at": schemas.maybe(MOMENT),
    }
)
WEBHOOK: dict[str, Any] = {
    "type": "object",
    "required": ["status", "provider", "webhookUrl", "verified"],
    "properties": {
        "status": schemas.one_of(Number.Binding.values),
        "provider": MAYBE,
        "webhookUrl": MAYBE,
        "verified": {"type": "boolean"},
        "error": TEXT,
    },
}


def _answer(**properties: Any) -> dict[str, Any]:
    return schemas.always(properties)


class RegisterInput(serializers.Serializer[Any]):
    number = serializers.CharField(max_length=32)
    agent_id = serializers.UUIDField(required=False, allow_null=True)


class AttachInput(serializers.Serializer[Any]):
    agent_id = serializers.UUIDField()


def record(number: Number, connection: CarrierConnection | None) -> dict[str, Any]:
    """Return a number as the public API has it."""
    no_carrier = number.binding == Number.Binding.NO_CARRIER
    return {
        "id": number.id,
        "number": number.number,
        "phone_number": number.number,
        "provider": number.provider or None,
        "capabilities": number.capabilities or ["voice"],
        "price": None,  # numbers are the customer's own
        "monthly_price": None,
        "agent_id": number.agent_id,
        "assigned_agent_id": number.agent_id,
        "label": number.label,
        "created_at": number.created_at,
        "webhook_status": None if no_carrier else number.binding,
        "webhook_url": addresses.answer_url(connection) if connection else None,
        "webhook_error": number.binding_error or None,
        "last_inbound_at": number.last_inbound_at,
    }


@api("numbers")
class NumberList(ApiView):
    """The workspace's numbers."""

    @extend_schema(
        operation_id="numbers_list",
        parameters=pagination.parameters(pagination.MOST_WIDE),
        responses={(200, "application/json"): schemas.listing("numbers", RECORD)},
    )
    def get(self, request: ApiRequest) -> Response:
        rows: QuerySet[Number] = request.workspace.numbers.all()
        connection = connections.active(request.workspace)

        def output(found: Sequence[Number]) -> list[Any]:
            return [record(number, connection) for number in found]

        return pagination.page(
            request, rows, key="numbers", output=output, most=pagination.MOST_WIDE
        )

    @extend_schema(
        request=RegisterInput,
        responses={
            code: _answer(
                status=schemas.one_of(["registered"]),
                number=TEXT,
                agent_id=MAYBE,
                webhook=WEBHOOK,
            )
            for code in (200, 201)
        },
    )
    def post(self, request: ApiRequest) -> Response:
        """Register a number that the customer owns, and bind it at the carrier."""
        asked = RegisterInput(data=request.data)
        asked.is_valid(raise_exception=True)
        agent_id = asked.validated_data.get("agent_id")
        number, created = numbers.register(
            workspace=request.workspace,
            number=asked.validated_data["number"],
            agent=numbers.agent_of(request.workspace, agent_id) if agent_id else None,
            by=person(request),
        )
        return Response(
            {
                "status": "registered",
                "number": number.number,
                "agent_id": number.agent_id,
                "webhook": numbers.webhook(number),
            },
            status=201 if created else 200,
        )


@api("numbers")
class NumberDetail(ApiView):
    """One number."""

    @extend_schema(responses={(200, "application/json"): RECORD})
    def get(self, request: ApiRequest, number: str) -> Response:
        found = numbers.find(request.workspace, number)
        return Response(record(found, connections.active(request.workspace)))

    @extend_schema(
        responses={200: _answer(status=schemas.one_of(["removed"]), number=TEXT)}
    )
    def delete(self, request: ApiRequest, number: str) -> Response:
        found = numbers.find(request.workspace, number)
        numbers.remove(found, by=person(request))
        return Response({"status": "removed", "number": found.number})


@api("numbers")
class NumberAttachment(ApiView):
    """Who answers a number."""

    @extend_schema(
        request=AttachInput,
        responses={
            200: _answer(
                status=schemas.one_of(["attached"]),
                agent_id=TEXT,
                number=TEXT,
                webhook=WEBHOOK,
            )
        },
    )
    def post(self, request: ApiRequest, number: str) -> Response:
        found = numbers.find(request.workspace, number)
        asked = AttachInput(data=request.data)
        asked.is_valid(raise_exception=True)
        agent = numbers.agent_of(request.workspace, asked.validated_data["agent_id"])
        numbers.attach(found, agent, by=person(request))
        return Response(
            {
                "status": "attached",
                "agent_id": agent.id,
                "number": found.number,
                "webhook": numbers.webhook(found),
            }
        )


@api("numbers")
class NumberDetachment(ApiView):
    """Letting nobody answer a number."""

    @extend_schema(
        request=None,
        responses={200: _answer(status=schemas.one_of(["detached"]), number=TEXT)},
    )
    def post(self, request: ApiRequest, number: str) -> Response:
        found = numbers.find(request.workspace, number)
        numbers.detach(found, by=person(request))
        return Response({"status": "detached", "number": found.number})


@api("numbers")
class NumberWebhook(ApiView):
    """Setting the number up at the carrier, once more."""

    @extend_schema(request=None, responses={200: _answer(number=TEXT, webhook=WEBHOOK)})
    def post(self, request: ApiRequest, number: str) -> Response:
        found = numbers.bind(numbers.find(request.workspace, number))
        return Response({"number": found.number, "webhook": numbers.webhook(found)})
