"""Endpoints over the API. A secret goes in and never comes out."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api, person
from common.api import pagination
from common.api.done import DeletedOutput
from common.api.view import ApiView
from common.errors import NotFound
from webhooks import endpoints
from webhooks.models import Endpoint

RETRIES = ("short", "long")


class EndpointOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    alert_email = serializers.EmailField(allow_null=True)
    status = serializers.ChoiceField(choices=Endpoint.Status.choices)
    retries = serializers.ChoiceField(
        choices=RETRIES, help_text="short: 5 tries in 15 s; long: 8 tries over 27 h."
    )
    created_at = serializers.DateTimeField()


class RegisteredOutput(EndpointOutput):
    """What newer and older clients look for after registering."""

    status = serializers.ChoiceField(choices=["registered"])


class EndpointChange(serializers.Serializer[Any]):
    url = serializers.CharField(
        max_length=2000, help_text="Public https. Private addresses are refused."
    )
    events = serializers.ListField(
        child=serializers.CharField(max_length=64), min_length=1, max_length=100
    )
    secret = serializers.CharField(
        min_length=16,
        max_length=256,
        trim_whitespace=False,
        write_only=True,
        help_text="Signs deliveries. Never returned.",
    )
    alert_email = serializers.EmailField(
        required=False, allow_null=True, allow_blank=True
    )
    retries = serializers.ChoiceField(choices=RETRIES, required=False)


class EndpointInput(EndpointChange):
    """All of a new endpoint."""


class UpdatedOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["updated"])
    id = serializers.UUIDField()


def _shown(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": endpoint.events,
        "alert_email": endpoint.alert_email or None,
        "status": endpoint.status,
        "retries": RETRIES[endpoint.is_patient],
        "created_at": endpoint.created_at,
    }


def _rows(rows: Sequence[Endpoint]) -> list[Any]:
    return [_shown(endpoint) for endpoint in rows]


def _asked(request: ApiRequest, *, partial: bool) -> dict[str, Any]:
    """Return what the body asks for, in the words of ``endpoints``."""
    wanted = EndpointChange(data=request.data, partial=partial)
    wanted.is_valid(raise_exception=True)
    asked = dict(wanted.validated_data)
    if "alert_email" in asked:
        asked["alert_email"] = asked["alert_email"] or ""
    if "retries" in asked:
        asked["is_patient"] = asked.pop("retries") == "long"
    return asked


@api("webhooks", read="administer", write="administer")
class EndpointList(ApiView):
    """The workspace's endpoints."""

    @extend_schema(
        operation_id="webhooks_list",
        parameters=pagination.parameters(pagination.MOST_WIDE),
        responses=pagination.shape("webhooks", EndpointOutput),
    )
    def get(self, request: ApiRequest) -> Response:
        rows = request.workspace.webhook_endpoints.present()
        rows = rows.defer("secret", "previous_secret")  # each would be decrypted
        return pagination.page(
            request, rows, key="webhooks", output=_rows, most=pagination.MOST_WIDE
        )

    @extend_schema(request=EndpointInput, responses={201: RegisteredOutput})
    def post(self, request: ApiRequest) -> Response:
        made = endpoints.create(
            workspace=request.workspace,
            by=person(request),
            **_asked(request, partial=False),
        )
        return Response({**_shown(made), "status": "registered"}, status=201)


@api("webhooks", read="administer", write="administer")
class EndpointDetail(ApiView):
    """One endpoint."""

    @extend_schema(responses=EndpointOutput)
    def get(self, request: ApiRequest, webhook_id: UUID) -> Response:
        return Response(_shown(_endpoint(request, webhook_id)))

    @extend_schema(request=EndpointChange(partial=True), responses=UpdatedOutput)
    def patch(self, request: ApiRequest, webhook_id: UUID) -> Response:
        """Change what is named. A secret that is replaced still signs every other try
        for a day."""
        endpoint = _endpoint(request, webhook_id)
        asked = _asked(request, partial=True)
        endpoints.change(endpoint, by=person(request), **asked)
        return Response({"status": "updated", "id": endpoint.id})

    @extend_schema(responses={200: DeletedOutput})
    def delete(self, request: ApiRequest, webhook_id: UUID) -> Response:
        endpoint = _endpoint(request, webhook_id)
        endpoints.delete(endpoint, by=person(request))
        return Response({"status": "deleted", "id": endpoint.id})


def _endpoint(request: ApiRequest, webhook_id: UUID) -> Endpoint:
    found = request.workspace.webhook_endpoints.present().filter(pk=webhook_id)
    endpoint = found.select_related("workspace").first()
    if endpoint is None:
        raise NotFound("There is no such webhook here.")
    return endpoint
