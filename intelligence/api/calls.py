"""What was worked out from a call, over the API."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api
from common import clock
from common.api.view import ApiView
from common.errors import NotFound
from intelligence import letters, pipeline, progress
from intelligence.models import Analysis, AnalysisStep
from telephony.models import Call


class SummaryOutput(serializers.Serializer[Any]):
    """``explanation`` says in words how far it is and how to mend what failed."""

    call_id = serializers.UUIDField()
    intelligence_status = serializers.CharField()
    explanation = serializers.CharField()
    summary = serializers.CharField(allow_null=True)
    sentiment = serializers.CharField(allow_null=True)
    extraction = serializers.DictField(allow_null=True)
    extraction_fields = serializers.ListField(child=serializers.DictField())
    evaluation = serializers.DictField()
    said_not_done = serializers.ListField(child=serializers.DictField())
    made_by = serializers.CharField(
        help_text="provider/model, or rules where no language model is connected."
    )


class ReprocessOutput(serializers.Serializer[Any]):
    status = serializers.CharField()
    id = serializers.UUIDField()
    intelligence_status = serializers.CharField()


@api("calls")
class CallSummary(ApiView):
    """Summary, sentiment, extraction and verdict of one call."""

    @extend_schema(responses=SummaryOutput)
    def get(self, request: ApiRequest, call_id: UUID) -> Response:
        call = _call(request, call_id)
        analysis = Analysis.objects.filter(pk=call.pk).first() or Analysis()
        steps = list(AnalysisStep.objects.filter(call_id=call.pk))
        features = call.config.get("features") or {}
        told = progress.told(
            call.intelligence_status,
            steps,
            transcription=bool(features.get("transcription_enabled", True)),
        )
        return Response(
            {
                "call_id": call.id,
                "intelligence_status": call.intelligence_status,
                "explanation": f"{told.sentence} {told.mend}".strip(),
                **letters.conclusions(analysis),
            }
        )


@api("calls")
class CallReprocess(ApiView):
    """Runs what comes after a call once more. Events are not sent again."""

    @extend_schema(request=None, responses={202: ReprocessOutput})
    def post(self, request: ApiRequest, call_id: UUID) -> Response:
        call = _call(request, call_id)
        pipeline.reprocess(call, now=clock.now())
        call.refresh_from_db(fields=["intelligence_status"])
        return Response(
            {
                "status": "reprocessing",
                "id": call.id,
                "intelligence_status": call.intelligence_status,
            },
            status=202,
        )


def _call(request: ApiRequest, call_id: UUID) -> Call:
    call: Call | None = request.workspace.calls.filter(pk=call_id).first()
    if call is None:
        raise NotFound("There is no such call.")
    return call
