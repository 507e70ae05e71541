"""Calls over the API."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import browser_origins
from accounts.access import ApiRequest, api, key_of, person
from agents.models import Agent
from billing import plans
from common import clock
from common.api import pagination
from common.api.view import ApiView
from common.errors import NotFound, Refusal
from telephony import (
    admission,
    calls,
    connections,
    fanout_reports,
    keyed_calls,
    participants,
    phone_calls,
    web_calls,
)
from telephony.api import records
from telephony.models import Call, Participant
from telephony.web_calls import Seat, Wanted

NO_CALL = "There is no such call here."
MOST_PARTICIPANTS = 500
MOST_JSON = 16_384  # bytes of metadata, and of variables
ANY = {200: {"type": "object", "additionalProperties": True}}
PAGE = {
    200: {
        "type": "object",
        "required": ["calls", "total", "limit", "offset"],
        "properties": {
            "calls": {"type": "array", "items": records.CALL},
            "total": {"type": "integer"},
            "limit": {"type": "integer"},
            "offset": {"type": "integer"},
            "next_cursor": {"type": "string", "nullable": True},
        },
    }
}


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


class ParticipantInput(serializers.Serializer[Any]):
    transport = serializers.ChoiceField(["webrtc", "pstn"])
    identity = serializers.CharField(max_length=120)
    from_number = serializers.CharField(
        max_length=32, required=False, allow_null=True, allow_blank=True
    )
    metadata = SmallObject(required=False)


class CallInput(serializers.Serializer[Any]):
    agent_id = serializers.UUIDField()
    participants = serializers.ListField(
        child=ParticipantInput(), min_length=1, max_length=MOST_PARTICIPANTS
    )
    metadata = SmallObject(required=False)
    variables = SmallObject(required=False)
    post_call = SmallObject(required=False, allow_null=True)


class ParticipantsInput(serializers.Serializer[Any]):
    participants = serializers.ListField(
        child=ParticipantInput(), min_length=1, max_length=MOST_PARTICIPANTS
    )


class AccessOutput(serializers.Serializer[Any]):
    url = serializers.CharField()
    token = serializers.CharField()


class SeatOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    transport = serializers.CharField()
    identity = serializers.CharField()
    status = serializers.CharField()
    access = AccessOutput(required=False)


class StartedOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    room_name = serializers.CharField()
    status = serializers.CharField()
    participants = SeatOutput(many=True)
    agent = serializers.DictField()


def call_of(request: ApiRequest, call_id: UUID) -> Call:
    """Return the workspace's call, or refuse as if there were none."""
    call: Call | None = request.workspace.calls.filter(pk=call_id).first()
    if call is None:
        raise NotFound(NO_CALL)
    return call


def _rows(request: ApiRequest) -> QuerySet[Call]:
    rows: QuerySet[Call] = request.workspace.calls.all()
    status = request.query_params.get("status")
    if not status:
        return rows
    if status not in Call.Status.values:
        raise serializers.ValidationError(
            {"status": f"One of {', '.join(Call.Status.values)}."}
        )
    return rows.filter(status=status)


def page(request: ApiRequest, rows: QuerySet[Call], **beside: Any) -> Response:
    """Answer with a page of calls."""
    return pagination.page(
        request,
        records.rows(rows),
        key="calls",
        output=records.records,
        **beside,
    )


@api("calls", write="talk", publishable=True)
class CallList(ApiView):
    """The workspace's calls."""

    @extend_schema(
        operation_id="calls_list",
        parameters=[
            *pagination.parameters(),
            OpenApiParameter("status", str, enum=list(Call.Status.values)),
        ],
        responses=PAGE,
    )
    def get(self, request: ApiRequest) -> Response:
        only_grows = not request.query_params.get("status")
        return page(request, _rows(request), grows_only=only_grows)

    @extend_schema(request=CallInput, responses={201: StartedOutput})
    def post(self, request: ApiRequest) -> Response:
        """Start a call; a browser opens ``access.url`` with ``access.token``."""
        asked = CallInput(data=request.data)
        asked.is_valid(raise_exception=True)
        return start(request, asked.validated_data)


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
            wanted, [_wanted(each) for each in (*others, *phones)]
        )
        take(call)
    body = started(call, seats)
    body["participants"] += [_seated(each) for each in invited]
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
            wanted, [_wanted(each, default_from) for each in others]
        )
        take(call)
    told = {
        **records.participant(leg.participant),
        "telephony_leg_id": leg.id,
        "job_id": leg.id,
    }
    body = {**started(call, []), "status": "queued", "participants": [told]}
    body["participants"] += [_seated(each) for each in invited]
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


def _wanted(
    asked: dict[str, Any], default_from: str | None = None
) -> participants.Wanted:
    return participants.Wanted(
        Participant.Transport(asked["transport"]),
        asked["identity"],
        asked.get("from_number") or default_from,
    )


def _seated(invited: participants.Invited) -> dict[str, Any]:
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


@api("calls")
class ActiveCallList(ApiView):
    """Calls that are waiting, ringing or under way."""

    @extend_schema(
        operation_id="calls_active",
        parameters=pagination.parameters(),
        responses=PAGE,
    )
    def get(self, request: ApiRequest) -> Response:
        return page(request, request.workspace.calls.filter(status__in=Call.LIVE))


@api("calls")
class AgentCallList(ApiView):
    """The calls of one agent."""

    @extend_schema(
        operation_id="agents_calls",
        parameters=[
            *pagination.parameters(),
            OpenApiParameter("status", str, enum=list(Call.Status.values)),
        ],
        responses=PAGE,
    )
    def get(self, request: ApiRequest, agent_id: UUID) -> Response:
        if not request.workspace.agents.filter(pk=agent_id).exists():
            raise NotFound("There is no such agent here.")
        rows = _rows(request).filter(agent_id=agent_id)
        only_grows = not request.query_params.get("status")
        return page(request, rows, grows_only=only_grows, agent_id=agent_id)


@api("calls")
class CallDetail(ApiView):
    """One call."""

    @extend_schema(responses={200: records.CALL})
    def get(self, request: ApiRequest, call_id: UUID) -> Response:
        found = list(records.rows(request.workspace.calls.filter(pk=call_id)))
        if not found:
            raise NotFound(NO_CALL)
        return Response(records.records(found)[0])


@api("calls")
class CallTranscript(ApiView):
    """What was said in a call."""

    @extend_schema(responses=ANY)
    def get(self, request: ApiRequest, call_id: UUID) -> Response:
        return Response(records.transcript(call_of(request, call_id)))


@api("calls")
class CallEnd(ApiView):
    """Ending a call from outside."""

    @extend_schema(request=None, responses=ANY)
    def post(self, request: ApiRequest, call_id: UUID) -> Response:
        call = call_of(request, call_id)
        calls.cancel(call, by=person(request))
        return Response(
            {"status": "ended", "id": call.id, "message": "Call has been terminated."}
        )


@api("calls")
class CallParticipants(ApiView):
    """Further people in a call that is under way."""

    @extend_schema(
        request=ParticipantsInput, responses={201: StartedOutput, 202: StartedOutput}
    )
    def post(self, request: ApiRequest, call_id: UUID) -> Response:
        """Let people into a live call: phones are dialled, browsers get a token."""
        call = call_of(request, call_id)
        asked = ParticipantsInput(data=request.data)
        asked.is_valid(raise_exception=True)
        invited = participants.invite_all(
            call,
            [_wanted(each) for each in asked.validated_data["participants"]],
            origin=browser_origins.of(request),
            by=person(request),
            by_room=True,
        )
        body = {
            **started(call, []),
            "status": call.status,
            "participants": [_seated(each) for each in invited],
        }
        rings = any(each.leg for each in invited)
        return Response(body, status=202 if rings else 201)


@api("calls")
class QueueStats(ApiView):
    """How many calls are waiting and under way, and how many may be."""

    @extend_schema(responses=ANY)
    def get(self, request: ApiRequest) -> Response:
        live = request.workspace.calls.filter(status__in=Call.LIVE)
        found = dict(live.values_list("status").annotate(Count("pk")).order_by())
        limits = plans.limits(request.workspace)
        queue = fanout_reports.queue(request.workspace)
        return Response(
            {
                "waiting": queue.waiting,
                "fanouts_running": queue.running,
                "fanouts_paused": queue.paused,
                "queued": found.get(Call.Status.QUEUED, 0),
                "ringing": found.get(Call.Status.RINGING, 0),
                "in_progress": found.get(Call.Status.IN_PROGRESS, 0),
                "active": sum(found.values()),
                "concurrent_limit": limits.concurrent_calls,
                "daily_limit": limits.daily_calls,
                "daily_used": admission.calls_today(request.workspace, clock.now()),
            }
        )
