"""The workspace's carrier over the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import ApiRequest, api, person
from common.api.view import ApiView
from common.errors import Refusal
from telephony import connections
from telephony.carriers import CARRIERS, Carrier

# The SDKs name Twilio's and Plivo's credentials alike.
OTHER_NAMES = {"twilio": {"auth_id": "account_sid"}}
OTHER_NAMES["telnyx"] = {"auth_secret": "webhook_public_key"}
OTHER_NAMES["exotel"] = {"auth_id": "account_sid", "auth_token": "api_token"}


class CarrierConnectInput(serializers.Serializer[Any]):
    """``provider``, and the carrier's own fields."""

    provider = serializers.CharField(max_length=32)


# Each carrier has its own fields, and is loaded when it is first used.
CONNECT = {
    "application/json": {
        "type": "object",
        "required": ["provider"],
        "properties": {"provider": {"type": "string", "maxLength": 32}},
        "additionalProperties": {
            "type": "string",
            "nullable": True,
            "description": "What the carrier's credentialFields name.",
        },
    }
}


class CarrierFieldOutput(serializers.Serializer[Any]):
    """One thing that a carrier asks for."""

    name = serializers.CharField(help_text="What to call it in connect.")
    label = serializers.CharField()  # type: ignore[assignment]  # a field called label
    secret = serializers.BooleanField()
    required = serializers.BooleanField()  # type: ignore[assignment]  # as above


class CarrierOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    displayName = serializers.CharField()
    credentialFields = CarrierFieldOutput(many=True)


class CarrierListOutput(serializers.Serializer[Any]):
    providers = CarrierOutput(many=True)


class CarrierTrialOutput(serializers.Serializer[Any]):
    """``accountName`` if they are valid, else ``error``."""

    valid = serializers.BooleanField()
    accountName = serializers.CharField(required=False)
    error = serializers.CharField(required=False, help_text="A sentence for people.")


class CarrierConnectedOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["connected"])
    provider = serializers.CharField()
    account_name = serializers.CharField(help_text="The carrier's name of it.")
    message = serializers.CharField(help_text="A sentence for people.")


class CarrierDisconnectedOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["disconnected"])
    message = serializers.CharField(help_text="A sentence for people.")


class CarrierStatusOutput(serializers.Serializer[Any]):
    """All but ``connected`` is null where no carrier is."""

    connected = serializers.BooleanField()
    provider = serializers.CharField(allow_null=True)
    account_name = serializers.CharField(allow_null=True)
    account_country = serializers.CharField(
        allow_null=True,
        help_text="ISO 3166, two letters; null, too, if the carrier does not say.",
    )


class CarrierNumberOutput(serializers.Serializer[Any]):
    number = serializers.CharField(help_text="E.164.")
    phone_number = serializers.CharField(help_text="The same.")
    provider = serializers.CharField()
    label = serializers.CharField(  # type: ignore[assignment]  # as above
        help_text="The customer's name of it at the carrier; may be empty."
    )
    capabilities = serializers.ListField(
        child=serializers.CharField(), help_text="voice, sms and the like."
    )
    registered = serializers.BooleanField(help_text="Whether it is registered here.")


class CarrierNumberListOutput(serializers.Serializer[Any]):
    numbers = CarrierNumberOutput(many=True)


def _asked(request: ApiRequest) -> tuple[str, dict[str, str]]:
    asked = CarrierConnectInput(data=request.data)
    asked.is_valid(raise_exception=True)
    provider = asked.validated_data["provider"]
    names = OTHER_NAMES.get(provider, {})
    given: dict[str, str] = {}
    for name, value in dict(request.data).items():
        if name == "provider" or value in (None, ""):
            continue
        if not isinstance(value, str):
            raise ValidationError({name: "Send a text."})
        given[names.get(name, name)] = value
    return provider, given


def _fields(carrier: Carrier) -> dict[str, Any]:
    return {
        "id": carrier.name,
        "displayName": carrier.title,
        "credentialFields": [
            {
                "name": field.name,
                "label": field.label,
                "secret": field.secret,
                "required": field.required,
            }
            for field in carrier.fields
        ],
    }


class CarrierList(ApiView):
    """The carriers there are, and what each needs to know. Anybody may read it."""

    authentication_classes: tuple[Any, ...] = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="telephony_providers", responses=CarrierListOutput, auth=[]
    )
    def get(self, request: Request) -> Response:
        offered = [each for each in CARRIERS.values() if each.offered]
        return Response({"providers": [_fields(carrier) for carrier in offered]})


@api("telephony", write="administer")
class CarrierTrial(ApiView):
    """Trying credentials without keeping them."""

    @extend_schema(request=CONNECT, responses=CarrierTrialOutput)
    def post(self, request: ApiRequest) -> Response:
        provider, given = _asked(request)
        connections.carrier(provider)
        try:
            account = connections.validate(request.workspace, provider, given)
        except connections.TooManyTries as refusal:
            answer = Response(
                {"error": refusal.message, "code": refusal.code}, status=refusal.status
            )
            answer["Retry-After"] = str(refusal.extra["retry_after"])
            return answer
        except Refusal as refusal:
            return Response({"valid": False, "error": refusal.message})
        return Response({"valid": True, "accountName": account.name})


@api("telephony", write="administer")
class CarrierConnect(ApiView):
    """Connecting the workspace's carrier."""

    @extend_schema(request=CONNECT, responses=CarrierConnectedOutput)
    def post(self, request: ApiRequest) -> Response:
        provider, given = _asked(request)
        connection = connections.connect(
            workspace=request.workspace,
            provider=provider,
            credentials=given,
            by=person(request),
        )
        title = connections.carrier(provider).title
        return Response(
            {
                "status": "connected",
                "provider": provider,
                "account_name": connection.account_name,
                "message": f"{title} is connected. Register your numbers next.",
            }
        )


@api("telephony", write="administer")
class CarrierDisconnect(ApiView):
    """Forgetting the workspace's carrier."""

    @extend_schema(request=None, responses=CarrierDisconnectedOutput)
    def post(self, request: ApiRequest) -> Response:
        connections.disconnect(workspace=request.workspace, by=person(request))
        return Response(
            {
                "status": "disconnected",
                "message": "The carrier is disconnected; its credentials are deleted.",
            }
        )


@api("telephony")
class CarrierStatus(ApiView):
    """Which carrier is connected."""

    @extend_schema(responses=CarrierStatusOutput)
    def get(self, request: ApiRequest) -> Response:
        found = connections.active(request.workspace)
        return Response(
            {
                "connected": found is not None,
                "provider": found.provider if found else None,
                "account_name": found.account_name if found else None,
                "account_country": (found.account_country or None) if found else None,
            }
        )


@api("telephony")
class CarrierNumbers(ApiView):
    """The numbers that the customer has at the carrier."""

    @extend_schema(operation_id="telephony_numbers", responses=CarrierNumberListOutput)
    def get(self, request: ApiRequest) -> Response:
        connection = connections.required(request.workspace)
        known = set(request.workspace.numbers.values_list("number", flat=True))
        return Response(
            {
                "numbers": [
                    {
                        "number": each.number,
                        "phone_number": each.number,
                        "provider": connection.provider,
                        "label": each.label,
                        "capabilities": list(each.capabilities),
                        "registered": each.number in known,
                    }
                    for each in connections.numbers_at(connection)
                ]
            }
        )
