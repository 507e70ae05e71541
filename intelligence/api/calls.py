"""What was worked out from a call, over the API."""

from typing import Any, get_args
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api
from common import clock
from common.api.view import ApiView
from common.errors import NotFound
from intelligence import extraction, letters, pipeline, progress
from intelligence.models import Analysis, AnalysisStep
from telephony.models import Call


class ExtractedOutput(serializers.Serializer[Any]):
    """One field that was asked for, and where the call says it."""

    name = serializers.CharField()
    value = serializers.JSONField(
        help_text="As the schema has it; null: there is none."
    )
    status = serializers.ChoiceField(
        get_args(extraction.Status),
        help_text="found: as asked for; repaired: so after a second try; invalid: it does"
        " not fit the schema; missing: required, and not said; absent: not said.",
    )
    line = serializers.IntegerField(
        allow_null=True, help_text="The transcript segment's sequence."
    )
    problem = serializers.CharField(help_text="A sentence for people; may be empty.")


class VerdictOutput(serializers.Serializer[Any]):
    """What the rubric came to; all null: nobody judged."""

    rubric = serializers.CharField(allow_null=True)
    passed = serializers.BooleanField(allow_null=True)
    score = serializers.FloatField(allow_null=True, help_text="0 to 1.")
    reasoning = serializers.CharField(allow_null=True)


class UnkeptOutput(serializers.Serializer[Any]):
    """Something the agent said that it did or would do, and that no tool did."""

    promise = serializers.CharField(help_text="Such as: a booking.")
    quote = serializers.CharField()
    line = serializers.IntegerField(help_text="The transcript segment's sequence.")
    why = serializers.CharField(help_text="A sentence for people.")


class SummaryOutput(serializers.Serializer[Any]):
    """``explanation`` says in words how far it is and how to mend what failed."""

    call_id = serializers.UUIDField()
    intelligence_status = serializers.ChoiceField(Call.IntelligenceStatus.values)
    explanation = serializers.CharField()
    summary = serializers.CharField(allow_null=True)
    sentiment = serializers.ChoiceField(Analysis.Sentiment.values, allow_null=True)
    extraction = serializers.DictField(
        allow_null=True,
        help_text="As the agent's json_schema has it; null: nothing was asked for.",
    )
    extraction_fields = ExtractedOutput(many=True)
    evaluation = VerdictOutput()
    said_not_done = UnkeptOutput(many=True)
    made_by = serializers.CharField(
        help_text="provider/model, or rules where no language model is connected."
    )


class ReprocessOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["reprocessing"])
    id = serializers.UUIDField()
    intelligence_status = serializers.ChoiceField(Call.IntelligenceStatus.values)


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
