"""Recordings over the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api
from common.api.view import ApiView
from common.errors import NotFound
from telephony import playback, recording_links
from telephony.api.calls import call_of
from telephony.models import Call, Participant, Recording

GONE = "This link is not valid, or older than an hour. Ask for the recording again."


class RecordedOutput(serializers.Serializer[Any]):
    channels = serializers.ListField(
        child=serializers.CharField(), help_text="Who is on which channel, left first."
    )


class RecordingOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    call_id = serializers.UUIDField()
    participant_id = serializers.UUIDField(
        allow_null=True, help_text="The caller; the agent is on the other channel."
    )
    recording_url = serializers.CharField(
        allow_null=True,
        help_text="Where it plays, for an hour; null until it is completed.",
    )
    provider_recording_id = serializers.CharField(
        allow_null=True, help_text="Always null: we record ourselves."
    )
    format = serializers.CharField()
    status = serializers.ChoiceField(Recording.Status.values)
    duration = serializers.FloatField(help_text="Seconds, to a tenth.")
    size_bytes = serializers.IntegerField()
    metadata = RecordedOutput()
    created_at = serializers.DateTimeField()


@api("calls")
class RecordingDetail(ApiView):
    """Where a call's recording can be heard."""

    @extend_schema(responses=RecordingOutput)
    def get(self, request: ApiRequest, call_id: UUID) -> Response:
        call = call_of(request, call_id)
        recording = Recording.objects.filter(call=call).defer("peaks").first()
        if recording is None:
            raise NotFound("This call was not recorded.")
        is_there = recording.status == Recording.Status.COMPLETED
        return Response(
            {
                "id": recording.id,
                "call_id": call.id,
                # The other end is the agent's: one recording holds both.
                "participant_id": _caller(call),
                "recording_url": recording_links.make(call.id) if is_there else None,
                "provider_recording_id": None,
                "format": recording.format,
                "status": recording.status,
                "duration": round(recording.duration_ms / 1000, 1),
                "size_bytes": recording.size_bytes,
                "metadata": {"channels": ["caller", "agent"]},
                "created_at": recording.created_at,
            }
        )


def _caller(call: Call) -> UUID | None:
    people = call.participants.filter(role=Participant.Role.CUSTOMER)
    return people.order_by("id").values_list("id", flat=True).first()


@require_safe
def audio(request: HttpRequest, token: str) -> HttpResponseBase:
    """Play a recording to whoever has the signed link."""
    call_id = recording_links.read(token)
    recording = Recording.objects.filter(call_id=call_id).first() if call_id else None
    if recording is None:
        return JsonResponse({"error": GONE, "code": "not_found"}, status=404)
    return playback.send(request, recording)
