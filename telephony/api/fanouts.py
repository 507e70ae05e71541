"""One call to many phones at once, over the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api, key_of, person
from common import clock
from common.api.view import ApiView
from telephony import fanouts
from telephony.api import records
from telephony.api.starting import (
    FOR_THE_PROMPT,
    MOST_PARTICIPANTS,
    OWN_WORDS,
    CalledAgentOutput,
    PostCallField,
    SeatOutput,
    SmallObject,
    agent_asked_for,
    check_key,
    started,
)
from telephony.models import Fanout as Queue

NAMES = ("to", "identity", "phone", "phone_number")  # of a recipient's number


class RecipientInput(serializers.Serializer[Any]):
    to = serializers.CharField(max_length=32, required=False)
    identity = serializers.CharField(max_length=32, required=False)
    phone = serializers.CharField(max_length=32, required=False)
    phone_number = serializers.CharField(max_length=32, required=False)
    from_number = serializers.CharField(max_length=32, required=False, allow_null=True)
    metadata = SmallObject(required=False, help_text=OWN_WORDS)

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
    metadata = SmallObject(required=False, help_text=OWN_WORDS)
    variables = SmallObject(required=False, help_text=FOR_THE_PROMPT)
    post_call = PostCallField(required=False, allow_null=True)

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
    agent = agent_asked_for(request, asked["agent_id"])
    check_key(request, agent, [{"transport": "pstn"}])
    key = key_of(request)
    default = key.default_from_number if key else None
    fanout = fanouts.start(
        fanouts.Wanted(
            agent=agent,
            people=[_person(each) for each in asked["people"]],
            name=asked.get("fanout_id") or asked.get("batch_id") or "",
            in_one_room=True,
            from_number=asked.get("from_number") or default or "",
            metadata=asked.get("metadata") or {},
            variables=asked.get("variables") or {},
            post_call=asked.get("post_call") or {},
            by=person(request),
        ),
        now=clock.now(),
    )
    return Response(_started(fanout, names), status=202)


def _person(each: dict[str, Any]) -> fanouts.Person:
    return fanouts.Person(
        each["number"], each.get("from_number") or "", each.get("metadata") or {}
    )


def _started(fanout: Queue, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what a call that was just started returns, and the queue's name."""
    rows = fanout.recipients.select_related("leg__participant").order_by("position")
    people = [
        {
            **records.participant(row.leg.participant),
            "telephony_leg_id": row.leg.id,
            "job_id": row.id,
        }
        for row in rows
        if row.leg
    ]
    body = started(fanout.room, []) if fanout.room else {}
    skipped = [
        {"identity": row.number, "reason": row.reason} for row in rows if row.reason
    ]
    return {
        **body,
        "status": "queued",
        "participants": people,
        **dict.fromkeys(names, fanout.name),
        "queued": len(people),
        "skipped": skipped,
    }


class SkippedOutput(serializers.Serializer[Any]):
    identity = serializers.CharField(help_text="The number as it was sent.")
    reason = serializers.CharField(
        help_text="A word for programs, such as do_not_call."
    )


class BatchOutput(serializers.Serializer[Any]):
    """The call that all come into, and who is called. A name that was used before, of a
    queue without such a call, has none of the first three."""

    id = serializers.UUIDField(required=False, help_text="The call's.")
    room_name = serializers.CharField(required=False)
    agent = CalledAgentOutput(required=False)
    status = serializers.ChoiceField(["queued"])
    participants = SeatOutput(many=True)
    batch_id = serializers.CharField(help_text="The queue's name, yours or ours.")
    queued = serializers.IntegerField(help_text="How many are called.")
    skipped = SkippedOutput(many=True)


class FanoutOutput(BatchOutput):
    fanout_id = serializers.CharField(help_text="The same as batch_id.")


@api("calls", write="talk")
class Fanout(ApiView):
    """Calls up to 500 phones into one call."""

    @extend_schema(request=FanoutInput, responses={202: FanoutOutput})
    def post(self, request: ApiRequest) -> Response:
        return _fan_out(request, ("fanout_id", "batch_id"))


@api("calls", write="talk")
class Batch(ApiView):
    """The older name of a fanout."""

    @extend_schema(request=FanoutInput, responses={202: BatchOutput})
    def post(self, request: ApiRequest) -> Response:
        return _fan_out(request, ("batch_id",))
