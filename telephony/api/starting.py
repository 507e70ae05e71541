"""Starting a call over the API: what is asked for, and what lets its people in."""

from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from accounts import browser_origins
from accounts.access import ApiRequest, key_of, person
from agents.api import shapes
from agents.models import Agent
from common.errors import NotFound, Refusal
from telephony import connections, keyed_calls, participants, phone_calls, web_calls
from telephony.api import records
from telephony.models import Call, Participant
from telephony.web_calls import Seat, Wanted

MOST_PARTICIPANTS = 500
MOST_JSON = 16_384  # bytes of metadata, and of variables
OWN_WORDS = f"Your own, kept as it is; at most {MOST_JSON:,} characters."
FOR_THE_PROMPT = (
    f"What prompts ask for as {{{{name}}}}; at most {MOST_JSON:,} characters."
)


class WrongChannel(Refusal):
    """The publishable key is not for this kind of call."""

    code = "channel_not_allowed"
    status = 403


class SmallObject(serializers.DictField):
    """An object that stays small."""

    def to_internal_value(self, data: Any) -> Any:
        found = super().to_internal_value(data)
        if len(str(found)) > MOST_JSON:
            raise serializers.ValidationError(f"At most {MOST_JSON:,} characters.")
        return found


@extend_schema_field(shapes.named("AgentPostCall"))
class PostCallField(SmallObject):
    """What comes after one call, laid over the agent's own."""


class ParticipantInput(serializers.Serializer[Any]):
    transport = serializers.ChoiceField(["webrtc", "pstn"])
    identity = serializers.CharField(
        max_length=120,
        help_text="The phone's number in E.164; else your name for them.",
    )
    from_number = serializers.CharField(
        max_length=32, required=False, allow_null=True, allow_blank=True
    )
    metadata = SmallObject(required=False, help_text=OWN_WORDS)


class CallInput(serializers.Serializer[Any]):
    agent_id = serializers.UUIDField()
    participants = serializers.ListField(
        child=ParticipantInput(), min_length=1, max_length=MOST_PARTICIPANTS
    )
    metadata = SmallObject(required=False, help_text=OWN_WORDS)
    variables = SmallObject(required=False, help_text=FOR_THE_PROMPT)
    post_call = PostCallField(required=False, allow_null=True)


class ParticipantsInput(serializers.Serializer[Any]):
    participants = serializers.ListField(
        child=ParticipantInput(), min_length=1, max_length=MOST_PARTICIPANTS
    )


class AccessOutput(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="Where a browser opens its media socket.")
    token = serializers.CharField(help_text="What lets it in, once.")


class SeatOutput(serializers.Serializer[Any]):
    """Browsers have ``access``, phones the last two."""

    id = serializers.UUIDField()
    role = serializers.ChoiceField(Participant.Role.values)
    transport = serializers.ChoiceField(Participant.Transport.values)
    identity = serializers.CharField()
    status = serializers.ChoiceField(Participant.Status.values)
    access = AccessOutput(required=False)
    telephony_leg_id = serializers.UUIDField(required=False)
    job_id = serializers.UUIDField(required=False)


class CalledAgentOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class StartedOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    room_name = serializers.CharField()
    status = serializers.ChoiceField(["connecting", *Call.Status.values])
    participants = SeatOutput(many=True)
    agent = CalledAgentOutput()


# 202: a phone is to be called, which takes its time.
STARTED = {201: StartedOutput, 202: StartedOutput}


def start(request: ApiRequest, asked: dict[str, Any]) -> Response:
    """Start what was asked for."""
    agent = agent_asked_for(request, asked["agent_id"])
    people = asked["participants"]
    check_key(request, agent, people)
    browsers = [each for each in people if each["transport"] == "webrtc"]
    phones = [each for each in people if each["transport"] == "pstn"]
    if not browsers:
        return _ring(request, agent, asked)
    return _meet(request, agent, asked, browsers, phones)


def _meet(
    request: ApiRequest,
    agent: Agent,
    asked: dict[str, Any],
    browsers: list[dict[str, Any]],
    phones: list[dict[str, Any]],
) -> Response:
    """Start a call for people in browsers, and let phones ring into it."""
    first, *others = browsers
    key = key_of(request)
    wanted = Wanted(
        agent=agent,
        identities=[first["identity"]],
        metadata=asked.get("metadata") or {},
        variables=asked.get("variables") or {},
        post_call=asked.get("post_call") or {},
        by=person(request),
        origin=browser_origins.of(request),
        longest_s=key.max_call_seconds if key else None,
    )
    with keyed_calls.line(key) as take:
        call, seats, invited = web_calls.meet(
            wanted, [guest(each) for each in (*others, *phones)]
        )
        take(call)
    body = started(call, seats)
    body["participants"] += [seated(each) for each in invited]
    return Response(body, status=202 if phones else 201)


def _ring(request: ApiRequest, agent: Agent, asked: dict[str, Any]) -> Response:
    """Call a phone, or several into one call."""
    connections.required(request.workspace)
    person_called, *others = asked["participants"]
    key = key_of(request)
    default_from = key.default_from_number if key else None
    longest_s = key.max_call_seconds if key else None
    wanted = phone_calls.Wanted(
        agent=agent,
        to=person_called["identity"],
        from_number=person_called.get("from_number") or default_from,
        config=web_calls.config_of(agent, asked.get("post_call") or {}, longest_s),
        metadata=asked.get("metadata") or {},
        variables=asked.get("variables") or {},
        by=person(request),
    )
    with keyed_calls.line(key) as take:
        call, leg, invited = participants.call_together(
            wanted, [guest(each, default_from) for each in others]
        )
        take(call)
    told = {
        **records.participant(leg.participant),
        "telephony_leg_id": leg.id,
        "job_id": leg.id,
    }
    body = {**started(call, []), "status": "queued", "participants": [told]}
    body["participants"] += [seated(each) for each in invited]
    return Response(body, status=202)


def agent_asked_for(request: ApiRequest, agent_id: UUID) -> Agent:
    """Return the workspace's agent; a publishable key knows its own alone."""
    agent = (
        request.workspace.agents.filter(pk=agent_id, deleted_at=None)
        .select_related("workspace", "published")
        .first()
    )
    key = key_of(request)
    foreign = key is not None and key.is_publishable and key.agent_id != agent_id
    if agent is None or foreign:
        raise NotFound("There is no such agent here.")
    return agent


def check_key(request: ApiRequest, agent: Agent, people: list[dict[str, Any]]) -> None:
    """Refuse a publishable key what it is not for."""
    key = key_of(request)
    if key is None or not key.is_publishable:
        return
    channels = {"pstn": "phone", "webrtc": "web"}
    wanted = {channels[each["transport"]] for each in people}
    if beyond := wanted - set(key.allowed_channels):
        raise WrongChannel(
            f"This publishable key does not start {' or '.join(sorted(beyond))} calls."
        )


def started(call: Call, seats: list[Seat]) -> dict[str, Any]:
    """Return a call that was just started, and what lets its people in."""
    return {
        "id": call.id,
        "room_name": call.room_name,
        "status": "connecting",
        "participants": [
            {
                **records.participant(seat.participant),
                "access": {"url": seat.url or media_url(), "token": seat.token},
            }
            for seat in seats
        ],
        "agent": {"id": call.agent_id, "name": call.agent.name},
    }


def guest(
    asked: dict[str, Any], default_from: str | None = None
) -> participants.Wanted:
    """Return somebody who is to be let in."""
    return participants.Wanted(
        Participant.Transport(asked["transport"]),
        asked["identity"],
        asked.get("from_number") or default_from,
    )


def seated(invited: participants.Invited) -> dict[str, Any]:
    """Return somebody who may come in, and what lets them in."""
    told: dict[str, Any] = records.participant(invited.participant)
    if invited.leg:
        return {**told, "telephony_leg_id": invited.leg.id, "job_id": invited.leg.id}
    return {
        **told,
        "access": {"url": invited.url or media_url(), "token": invited.token},
    }


def media_url() -> str:
    """Return where browsers open their media socket."""
    scheme, _, rest = settings.MEDIA_BASE_URL.partition("://")
    return f"{'wss' if scheme == 'https' else 'ws'}://{rest}/media/browser/"
