"""What was worked out from a call, as pages and the API read it: few queries."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import Workspace
from intelligence import progress
from intelligence.models import Analysis, AnalysisStep
from intelligence.progress import Told
from telephony.models import Call

STATUSES = {  # of a field: word, tone
    "found": ("", ""),
    "repaired": ("mended on the second try", ""),
    "invalid": ("does not fit the schema", "bad"),
    "missing": ("required, not said", "warn"),
    "absent": ("not said", ""),
}
SENTIMENTS = {  # word, tone
    "positive": ("Positive", "ok"),
    "neutral": ("Neutral", ""),
    "negative": ("Negative", "bad"),
    "unknown": ("Mood unknown", ""),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One extracted field, with the moment its value was said."""

    name: str
    value: Any
    status: str
    line: int | None
    at_ms: int | None
    problem: str

    @property
    def word(self) -> str:
        """Its status, where that is worth a word."""
        return STATUSES[self.status][0]

    @property
    def tone(self) -> str:
        """The colour of that word."""
        return STATUSES[self.status][1]


@dataclass(frozen=True, slots=True)
class Unkept:
    """Something the agent said and did not do."""

    promise: str
    quote: str
    line: int
    at_ms: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Conclusions:
    """All of it."""

    call: Call
    analysis: Analysis | None
    steps: dict[str, AnalysisStep]
    told: Told
    fields: list[Field]
    unkept: list[Unkept]

    @property
    def sentiment(self) -> tuple[str, str] | None:
        """The caller's mood in a word, and its tone."""
        found = self.analysis.sentiment if self.analysis else ""
        return SENTIMENTS.get(found)

    @property
    def score(self) -> int | None:
        """The score in per cent."""
        if self.analysis is None or self.analysis.score is None:
            return None
        return round(self.analysis.score * 100)


def of(workspace: Workspace, call_id: UUID) -> Conclusions | None:
    """Return what was worked out from one of the workspace's calls: four queries."""
    call: Call | None = (
        workspace.calls.only(
            "id",
            "agent_id",
            "config",
            "created_at",
            "intelligence_status",
            "status",
            "workspace_id",
        )
        .filter(pk=call_id)
        .first()
    )
    if call is None:
        return None
    analysis = Analysis.objects.filter(pk=call_id).first()
    steps = list(AnalysisStep.objects.filter(call_id=call_id))
    times = _times(call, analysis)
    features = call.config.get("features") or {}
    return Conclusions(
        call=call,
        analysis=analysis,
        steps={step.name: step for step in steps},
        told=progress.told(
            call.intelligence_status,
            steps,
            transcription=bool(features.get("transcription_enabled", True)),
        ),
        fields=[
            Field(
                name=each["name"],
                value=each["value"],
                status=each["status"],
                line=each["line"],
                at_ms=times.get(each["line"]),
                problem=each["problem"],
            )
            for each in (analysis.fields if analysis else [])
        ],
        unkept=[
            Unkept(at_ms=times.get(each["line"]), **each)
            for each in (analysis.unkept if analysis else [])
        ],
    )


def _times(call: Call, analysis: Analysis | None) -> dict[int, int]:
    """Return when the lines were said that something rests on."""
    if analysis is None:
        return {}
    rests_on = [*analysis.fields, *analysis.unkept]
    lines = {each["line"] for each in rests_on if each["line"] is not None}
    if not lines:
        return {}
    return dict(
        call.transcript_segments.filter(sequence__in=lines).values_list(
            "sequence", "started_at_ms"
        )
    )
