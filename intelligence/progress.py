"""How far the work after a call is, as one status and in words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from intelligence.models import AnalysisStep
from telephony.models import Call

Status = Call.IntelligenceStatus
State = AnalysisStep.State
Name = AnalysisStep.Name
CONTENT = (
    Name.SUMMARY,
    Name.SENTIMENT,
    Name.EXTRACTION,
    Name.EVALUATION,
    Name.PROMISES,
)
WORDS: dict[str, tuple[str, str]] = {  # label, tone
    Status.NOT_STARTED: ("Not worked on", ""),
    Status.PENDING: ("Waiting", "live"),
    Status.PROCESSING: ("Working on it", "live"),
    Status.COMPLETED: ("Done", "ok"),
    Status.PARTIAL: ("Done in part", "warn"),
    Status.FAILED: ("Failed", "bad"),
    Status.DEAD_LETTER: ("Given up", "bad"),
}
NAMES: dict[str, str] = {
    Name.TRANSCRIPT: "transcript",
    Name.SUMMARY: "summary",
    Name.SENTIMENT: "sentiment",
    Name.EXTRACTION: "extraction",
    Name.EVALUATION: "evaluation",
    Name.PROMISES: "check of promises",
    Name.REDACTION: "masking of personal data",
    Name.FINISH: "sending of events",
}


def outcome(steps: Sequence[AnalysisStep]) -> Status:
    """Return the status of a call whose content steps are over.

    ``failed``: a provider did none of it. ``dead_letter``: we broke at something and
    gave up. ``partial``: some of it was done as it should be, some not.
    """
    states = [step.state for step in steps if step.name in CONTENT]
    if any(step.state == State.DEAD for step in steps):
        return Status.DEAD_LETTER
    tried = [state for state in states if state != State.SKIPPED]
    good = [state for state in tried if state == State.DONE]
    if len(good) == len(tried):
        return Status.COMPLETED
    by_rules = [state for state in tried if state == State.BY_RULES]
    return Status.PARTIAL if good or by_rules else Status.FAILED


@dataclass(frozen=True, slots=True)
class Told:
    """A status for people."""

    label: str
    tone: str
    sentence: str
    mend: str = ""

    @property
    def is_under_way(self) -> bool:
        """Whether there is something to wait for."""
        return self.tone == "live"


def told(status: str, steps: Sequence[AnalysisStep], *, transcription: bool) -> Told:
    """Say how far it is, what went wrong and how to mend it."""
    label, tone = WORDS[status]
    if status == Status.NOT_STARTED:
        return Told(
            label, tone, _why_not(steps, transcription), _mend_not(transcription)
        )
    if status in (Status.PENDING, Status.PROCESSING):
        return Told(label, tone, _at(steps))
    if status == Status.COMPLETED:
        return Told(label, tone, "Everything that was asked for is here.")
    return Told(label, tone, _faults(steps), _mend(status))


def _why_not(steps: Sequence[AnalysisStep], transcription: bool) -> str:
    if not transcription:
        return "No transcript was kept of this call, and all of it rests on one."
    if not steps:
        return "The call ended before there was anything to work it out with."
    return "Nothing was said in this call."


def _mend_not(transcription: bool) -> str:
    if transcription:
        return ""
    return "Switch “Keep a transcript” on in the agent’s Post-call section."


def _at(steps: Sequence[AnalysisStep]) -> str:
    now = next((step for step in steps if not step.is_over()), None)
    if now is None:
        return "About to begin."
    done = sum(step.is_over() for step in steps)
    words = f"Step {done + 1} of {len(steps)}: {NAMES[now.name]}."
    if now.state == State.DUE and now.attempts:
        words += f" Try {now.attempts} failed and it is tried again: {now.last_error}"
    return words


def _faults(steps: Sequence[AnalysisStep]) -> str:
    lines = []
    for step in steps:
        name = NAMES[step.name]
        if step.state == State.BY_RULES:
            lines.append(f"The {name} was made by rules: {step.last_error}")
        elif step.state == State.FAILED:
            lines.append(f"There is no {name}: {step.last_error}")
        elif step.state == State.DEAD:
            lines.append(
                f"The {name} broke {step.attempts} times on our side and was given up."
            )
    return " ".join(lines)


def _mend(status: str) -> str:
    if status == Status.DEAD_LETTER:
        return "Run it again. If it breaks again, tell support this call’s id."
    return "Look at the key under Settings, BYO Providers, then run it again."
