"""The do-not-call list over the API."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api, person
from common.api import pagination
from common.api.view import ApiView
from telephony import do_not_call
from telephony.models import DoNotCall

BY_API = "API request"
Phone = serializers.CharField


class AddInput(serializers.Serializer[Any]):
    phone_number = Phone(max_length=40)
    reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, allow_null=True
    )


class AddManyInput(serializers.Serializer[Any]):
    phone_numbers = serializers.ListField(
        child=Phone(max_length=40, allow_blank=True), min_length=1, max_length=1_000
    )
    reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, allow_null=True
    )


class CheckInput(serializers.Serializer[Any]):
    phone_numbers = serializers.ListField(
        child=Phone(max_length=40, allow_blank=True), min_length=1, max_length=500
    )


class EntryOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    phone = serializers.CharField(help_text="E.164.")
    reason = serializers.CharField()
    opt_out_at = serializers.DateTimeField(help_text="When it was blocked.")
    created_at = serializers.DateTimeField(help_text="The same.")


class BlockedOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["blocklisted"])
    phone_number = serializers.CharField(help_text="E.164.")


class BlockedManyOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["blocklisted"])
    count = serializers.IntegerField(
        help_text="How many of the numbers are on the list, new or not."
    )
    invalid_count = serializers.IntegerField()
    invalid = serializers.ListField(
        child=serializers.CharField(), help_text="What is no number, as it was sent."
    )


class CheckedOutput(serializers.Serializer[Any]):
    phone_number = serializers.CharField(help_text="As it was sent.")
    normalized = serializers.CharField(
        allow_null=True, help_text="E.164; null: it is no number."
    )
    blocked = serializers.BooleanField()
    valid = serializers.BooleanField()


class CheckOutput(serializers.Serializer[Any]):
    results = CheckedOutput(many=True)
    blocked_count = serializers.IntegerField()
    total_checked = serializers.IntegerField()


class UnblockedOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["removed"])
    phone = serializers.CharField(help_text="E.164.")


def _rows(found: Sequence[DoNotCall]) -> list[Any]:
    return [
        {
            "id": entry.id,
            "phone": entry.phone,
            "reason": entry.reason,
            "opt_out_at": entry.created_at,
            "created_at": entry.created_at,
        }
        for entry in found
    ]


@api("dnc")
class DoNotCallList(ApiView):
    """Whom the workspace must not call."""

    @extend_schema(
        operation_id="dnc_list",
        parameters=pagination.parameters(pagination.MOST_WIDE),
        responses=pagination.shape("dnc_entries", EntryOutput),
    )
    def get(self, request: ApiRequest) -> Response:
        return pagination.page(
            request,
            request.workspace.do_not_call.all(),
            key="dnc_entries",
            output=_rows,
            most=pagination.MOST_WIDE,
        )

    @extend_schema(
        request=AddInput,
        responses={201: BlockedOutput},
    )
    def post(self, request: ApiRequest) -> Response:
        asked = AddInput(data=request.data)
        asked.is_valid(raise_exception=True)
        entry = do_not_call.add(
            request.workspace,
            asked.validated_data["phone_number"],
            reason=asked.validated_data.get("reason") or BY_API,
            by=person(request),
        )
        return Response(
            {"status": "blocklisted", "phone_number": entry.phone}, status=201
        )


@api("dnc")
class DoNotCallBatch(ApiView):
    """Blocking many numbers at once."""

    @extend_schema(request=AddManyInput, responses=BlockedManyOutput)
    def post(self, request: ApiRequest) -> Response:
        asked = AddManyInput(data=request.data)
        asked.is_valid(raise_exception=True)
        count, invalid = do_not_call.add_all(
            request.workspace,
            asked.validated_data["phone_numbers"],
            reason=asked.validated_data.get("reason") or BY_API,
        )
        return Response(
            {
                "status": "blocklisted",
                "count": count,
                "invalid_count": len(invalid),
                "invalid": invalid,
            }
        )


@api("dnc")
class DoNotCallCheck(ApiView):
    """Asking of numbers whether they are blocked."""

    @extend_schema(request=CheckInput, responses=CheckOutput)
    def post(self, request: ApiRequest) -> Response:
        asked = CheckInput(data=request.data)
        asked.is_valid(raise_exception=True)
        found = do_not_call.check(
            request.workspace, asked.validated_data["phone_numbers"]
        )
        return Response(
            {
                "results": [
                    {
                        "phone_number": each.given,
                        "normalized": each.normalized,
                        "blocked": each.blocked,
                        "valid": each.normalized is not None,
                    }
                    for each in found
                ],
                "blocked_count": sum(each.blocked for each in found),
                "total_checked": len(found),
            }
        )


@api("dnc")
class DoNotCallDetail(ApiView):
    """One blocked number."""

    @extend_schema(responses={200: UnblockedOutput})
    def delete(self, request: ApiRequest, phone: str) -> Response:
        removed = do_not_call.remove(request.workspace, phone, by=person(request))
        return Response({"status": "removed", "phone": removed})
