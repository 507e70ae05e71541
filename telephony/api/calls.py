"""Calls over the API."""

from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import browser_origins
from accounts.access import ApiRequest, api, person
from billing import plans
from common import clock
from common.api import pagination, schemas
from common.api.view import ApiView
from common.errors import NotFound
from telephony import admission, calls, fanout_reports, participants
from telephony.api import records, starting
from telephony.models import Call, TranscriptSegment

NO_CALL = "There is no such call here."
PAGE = {200: schemas.listing("calls", records.CALL)}
PAGE_OF_AGENT = {200: schemas.listing("calls", records.CALL, agent_id=schemas.ID)}


class SegmentOutput(serializers.Serializer[Any]):
    """One thing said. Times are milliseconds from the answer."""

    id = serializers.UUIDField()
    call_id = serializers.UUIDField()
    participant_id = serializers.UUIDField(allow_null=True)
    speaker = serializers.ChoiceField(TranscriptSegment.Speaker.values)
    role = serializers.ChoiceField(
        TranscriptSegment.Speaker.values, help_text="The same."
    )
    text = serializers.CharField()
    sequence = serializers.IntegerField(help_text="Its place in the transcript.")
    started_at_ms = serializers.IntegerField()
    ended_at_ms = serializers.IntegerField()
    is_final = serializers.BooleanField()
    source = serializers.CharField(  # type: ignore[assignment]  # a field called source
        help_text="Who wrote it down: runtime, in the call; stt; or post_call."
    )
    metadata = serializers.DictField(help_text="What else is known of it.")


class TranscriptOutput(serializers.Serializer[Any]):
    call_id = serializers.UUIDField()
    status = serializers.ChoiceField(["final", "live"])
    text = serializers.CharField(help_text="A line for each segment: “Caller: …”.")
    segments = SegmentOutput(many=True)


class EndedOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["ended"])
    id = serializers.UUIDField()
    message = serializers.CharField(help_text="A sentence for people.")


class QueueStatsOutput(serializers.Serializer[Any]):
    """Counts are of calls, but for those of fanouts. A limit of null: there is none."""

    waiting = serializers.IntegerField(help_text="Recipients whose turn it is not yet.")
    fanouts_running = serializers.IntegerField()
    fanouts_paused = serializers.IntegerField()
    queued = serializers.IntegerField()
    ringing = serializers.IntegerField()
    in_progress = serializers.IntegerField()
    active = serializers.IntegerField(help_text="The three above together.")
    concurrent_limit = serializers.IntegerField(allow_null=True)
    daily_limit = serializers.IntegerField(allow_null=True, help_text="A day in UTC.")
    daily_used = serializers.IntegerField()


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

    @extend_schema(request=starting.CallInput, responses=starting.STARTED)
    def post(self, request: ApiRequest) -> Response:
        """Start a call; a browser opens ``access.url`` with ``access.token``."""
        asked = starting.CallInput(data=request.data)
        asked.is_valid(raise_exception=True)
        return starting.start(request, asked.validated_data)


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
        responses=PAGE_OF_AGENT,
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

    @extend_schema(responses=TranscriptOutput)
    def get(self, request: ApiRequest, call_id: UUID) -> Response:
        return Response(records.transcript(call_of(request, call_id)))


@api("calls")
class CallEnd(ApiView):
    """Ending a call from outside."""

    @extend_schema(request=None, responses=EndedOutput)
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
        request=starting.ParticipantsInput,
        responses=starting.STARTED,
    )
    def post(self, request: ApiRequest, call_id: UUID) -> Response:
        """Let people into a live call: phones are dialled, browsers get a token."""
        call = call_of(request, call_id)
        asked = starting.ParticipantsInput(data=request.data)
        asked.is_valid(raise_exception=True)
        invited = participants.invite_all(
            call,
            [starting.guest(each) for each in asked.validated_data["participants"]],
            origin=browser_origins.of(request),
            by=person(request),
            by_room=True,
        )
        body = {
            **starting.started(call, []),
            "status": call.status,
            "participants": [starting.seated(each) for each in invited],
        }
        rings = any(each.leg for each in invited)
        return Response(body, status=202 if rings else 201)


@api("calls")
class QueueStats(ApiView):
    """How many calls are waiting and under way, and how many may be."""

    @extend_schema(responses=QueueStatsOutput)
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
