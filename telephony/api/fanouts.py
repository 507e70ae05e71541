"""One call to many phones at once, over the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import ApiRequest, api
from common import ids
from telephony.api.calls import MOST_PARTICIPANTS, SmallObject, start

NAMES = ("to", "identity", "phone", "phone_number")  # of a recipient's number


class RecipientInput(serializers.Serializer[Any]):
    to = serializers.CharField(max_length=32, required=False)
    identity = serializers.CharField(max_length=32, required=False)
    phone = serializers.CharField(max_length=32, required=False)
    phone_number = serializers.CharField(max_length=32, required=False)
    from_number = serializers.CharField(max_length=32, required=False, allow_null=True)
    metadata = SmallObject(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        number = next((attrs[name] for name in NAMES if attrs.get(name)), None)
        if number is None:
            raise serializers.ValidationError("Name the number as “to”.")
        return {**attrs, "number": number}


class FanoutInput(serializers.Serializer[Any]):
    agent_id = serializers.UUIDField()
    to = serializers.ListField(
        child=serializers.CharField(max_length=32),
        max_length=MOST_PARTICIPANTS,
        required=False,
    )
    recipients = serializers.ListField(
        child=RecipientInput(), max_length=MOST_PARTICIPANTS, required=False
    )
    from_number = serializers.CharField(max_length=32, required=False, allow_null=True)
    fanout_id = serializers.CharField(max_length=120, required=False)
    batch_id = serializers.CharField(max_length=120, required=False)
    metadata = SmallObject(required=False)
    variables = SmallObject(required=False)
    post_call = SmallObject(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        people = [
            *({"number": number} for number in attrs.get("to", [])),
            *attrs.get("recipients", []),
        ]
        if not 1 <= len(people) <= MOST_PARTICIPANTS:
            raise serializers.ValidationError(
                f"Send 1 to {MOST_PARTICIPANTS} numbers in “to” or “recipients”."
            )
        return {**attrs, "people": people}


def _fan_out(request: ApiRequest, names: tuple[str, ...]) -> Response:
    wanted = FanoutInput(data=request.data)
    wanted.is_valid(raise_exception=True)
    asked = wanted.validated_data
    given = asked.get("fanout_id") or asked.get("batch_id") or str(ids.new())
    people = [
        {
            "transport": "pstn",
            "identity": each["number"],
            "from_number": each.get("from_number") or asked.get("from_number"),
            "metadata": each.get("metadata") or {},
        }
        for each in asked["people"]
    ]
    metadata = {**(asked.get("metadata") or {}), "fanout_id": given}
    answer = start(request, {**asked, "participants": people, "metadata": metadata})
    answer.data |= {**dict.fromkeys(names, given), "queued": len(people)}
    return answer


ANSWER = {202: {"type": "object", "additionalProperties": True}}


@api("calls", write="talk")
class Fanout(APIView):
    """Calls up to 500 phones into one call."""

    @extend_schema(request=FanoutInput, responses=ANSWER)
    def post(self, request: ApiRequest) -> Response:
        return _fan_out(request, ("fanout_id", "batch_id"))


@api("calls", write="talk")
class Batch(APIView):
    """The older name of a fanout."""

    @extend_schema(request=FanoutInput, responses=ANSWER)
    def post(self, request: ApiRequest) -> Response:
        return _fan_out(request, ("batch_id",))
