"""Credentials for tools, over the API. Values go in and never come out."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api, person
from agents.tools import secrets
from common.api.view import ApiView


class SecretOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    host = serializers.CharField(allow_null=True)


class SecretListOutput(serializers.Serializer[Any]):
    data = SecretOutput(many=True)  # type: ignore[assignment]  # a field called data


class SecretInput(serializers.Serializer[Any]):
    value = serializers.CharField(
        max_length=secrets.LONGEST, trim_whitespace=False, write_only=True
    )
    host = serializers.CharField(
        max_length=253, help_text="The one public host it is sent to."
    )


class SecretName(serializers.Serializer[Any]):
    name = serializers.CharField()


class SecretDone(serializers.Serializer[Any]):
    data = SecretName()  # type: ignore[assignment]  # as above


@api("tool_secrets", read="administer", write="administer")
class ToolSecretList(ApiView):
    """The workspace's tool secrets: names and hosts."""

    @extend_schema(operation_id="tool_secrets_list", responses=SecretListOutput)
    def get(self, request: ApiRequest) -> Response:
        rows = request.workspace.tool_secrets.order_by("name").values("name", "host")
        return Response({"data": list(rows)})


@api("tool_secrets", read="administer", write="administer")
class ToolSecretDetail(ApiView):
    """One tool secret."""

    @extend_schema(request=SecretInput, responses=SecretDone)
    def put(self, request: ApiRequest, secret_name: str) -> Response:
        given = SecretInput(data=request.data)
        given.is_valid(raise_exception=True)
        secrets.put(
            workspace=request.workspace,
            name=secret_name,
            by=person(request),
            **given.validated_data,
        )
        return Response({"data": {"name": secret_name}})

    @extend_schema(responses={200: SecretDone})
    def delete(self, request: ApiRequest, secret_name: str) -> Response:
        secrets.delete(
            workspace=request.workspace, name=secret_name, by=person(request)
        )
        return Response({"data": {"name": secret_name}})
