"""What became of a call, in words: what happened, and how to mend it. Pure."""

from dataclasses import dataclass
from typing import Literal, Protocol

from telephony.models import Call

Tone = Literal["", "ok", "warn", "bad", "live", "off"]


class Ending(Protocol):
    """What is known of how a call ended; a ``Call`` and a ``CallRow`` both fit."""

    @property
    def status(self) -> str: ...
    @property
    def end_reason(self) -> str: ...
    @property
    def end_detail(self) -> str: ...
    @property
    def error_message(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """A state's word and colour, what happened, and what to do about it."""

    label: str
    tone: Tone
    sentence: str
    ended_by: str = ""
    how: str = ""  # they ended it, in two words
    mend: str = ""


LABELS: dict[str, tuple[str, Tone]] = {
    Call.Status.QUEUED: ("Waiting", "live"),
    Call.Status.RINGING: ("Ringing", "live"),
    Call.Status.IN_PROGRESS: ("Live", "live"),
    Call.Status.COMPLETED: ("Completed", "ok"),
    Call.Status.FAILED: ("Failed", "bad"),
    Call.Status.NO_ANSWER: ("No answer", "off"),
    Call.Status.BUSY: ("Busy", "off"),
    Call.Status.CANCELED: ("Canceled", "off"),
}
UNDER_WAY = {
    Call.Status.QUEUED: "Waiting for the line to open.",
    Call.Status.RINGING: "Ringing.",
    Call.Status.IN_PROGRESS: "They are talking.",
    Call.Status.NO_ANSWER: "Nobody picked up. Nothing was charged.",
    Call.Status.BUSY: "The line was busy. Nothing was charged.",
    Call.Status.CANCELED: "Called off before anyone picked up. Nothing was charged.",
}
# (who ended it, how, what happened)
REASONS: dict[str, tuple[str, str, str]] = {
    Call.EndReason.END_CALL_TOOL: (
        "Agent",
        "said goodbye",
        "The agent said goodbye and hung up.",
    ),
    Call.EndReason.HANDOFF_TO_HUMAN: (
        "Agent",
        "handed over",
        "The agent handed over to a person.",
    ),
    Call.EndReason.HANDOFF_TO_AGENT: (
        "Agent",
        "handed over",
        "The agent handed over to another agent.",
    ),
    Call.EndReason.USER_DISCONNECT: ("Caller", "hung up", "The caller hung up."),
    Call.EndReason.PROVIDER_DISCONNECT: (
        "Carrier",
        "cut the line",
        "The line was cut from outside.",
    ),
    Call.EndReason.ERROR: (
        "Us",
        "after a failure",
        "Something failed, so the call was ended.",
    ),
    Call.EndReason.TIMEOUT: ("Us", "out of time", "The call ran out of time."),
    Call.EndReason.CLOSED: ("Us", "closed", "The call was closed."),
}
# What is known in more detail: (what happened, how to mend it)
DETAILS: dict[str, tuple[str, str]] = {
    "not_published": (
        "The caller was turned away: the agent is a draft, and a draft never answers.",
        "Publish the agent.",
    ),
    "insufficient_credit": (
        "The caller was turned away: the balance was used up.",
        "Add credit; no call is taken while the balance is empty.",
    ),
    "outside_hours": (
        "The caller was turned away: the number was closed at that hour.",
        "Change the number’s hours under Numbers, if it should have answered.",
    ),
    "missing_variables": (
        "The caller was turned away: the agent needs values that callers do not bring.",
        "Give its required variables a default, or let the agent ask for them.",
    ),
    "no_stack": (
        "The caller was turned away: no provider covers the agent’s language.",
        "Choose models in the agent’s Voice section, or connect a provider.",
    ),
    "handed_over_here": (
        "The agent handed the caller over to a person, and left them to talk.",
        "",
    ),
    "hung_up_before_answer": ("The caller hung up before the agent was on.", ""),
    "max_duration": (
        "The call reached the longest time its agent may talk.",
        "If calls need longer, raise the longest call in the agent’s Settings section.",
    ),
    "silence": (
        "Nobody spoke, even after the agent asked, so it hung up.",
        "If callers need time to look things up, allow longer pauses in the agent’s "
        "Settings section. If the microphone was silent, try it in the test panel.",
    ),
    "no_credit": (
        "The credit ran out, so the agent said a closing line and hung up.",
        "Add credit; no call is taken while the balance is empty.",
    ),
    "voicemail": (
        "A voicemail picked up, so the agent hung up without a word. Nothing was"
        " charged.",
        "To leave a message there, say so in the agent’s Settings section.",
    ),
    "voicemail_left": ("A voicemail picked up, and the agent left its message.", ""),
    "unavailable": (
        "The line gave a busy tone, or an announcement that nobody can be reached.",
        "Check the number.",
    ),
    "menu": (
        "A machine with a menu picked up, and nobody came to the line.",
        "Give the agent the tool that presses keys, if it should find its way through.",
    ),
    "ended by staff": ("Somebody ended the call from here.", ""),
    "server_lost": (
        "The server that carried this call stopped. The call was closed and settled "
        "from what had been saved.",
        "If nobody restarted the server, look at its log around this time.",
    ),
    "no recogniser is left": (
        "Every recogniser failed, so the caller could not be understood any more.",
        "Check the speech-to-text provider’s key under BYO Providers, or give the agent "
        "a recogniser to fall back on in its Voice section.",
    ),
    "no language model answered": (
        "No language model answered, so the agent had nothing to say.",
        "Check the language model’s key under BYO Providers, or give the agent a model "
        "to fall back on in its Voice section.",
    ),
    "no voice is left": (
        "Every voice failed, so the agent could not be heard any more.",
        "Check the voice provider’s key under BYO Providers, or give the agent a voice "
        "to fall back on in its Voice section.",
    ),
}
MEND = (
    "Talk to the agent in the test panel to see whether it happens again. "
    "If it does, quote this call’s id to whoever runs this server."
)


def of(ending: Ending) -> Outcome:
    """Put a call's end into words."""
    label, tone = LABELS[ending.status]
    if ending.status in UNDER_WAY:
        return Outcome(label, tone, UNDER_WAY[Call.Status(ending.status)])
    by, how, sentence = REASONS.get(ending.end_reason, ("", "", "It ended."))
    sentence, mend = DETAILS.get(ending.end_detail, (sentence, ""))
    if ending.status == Call.Status.FAILED:
        told = ending.error_message or ending.end_detail
        if told and told not in DETAILS:
            sentence = f"Ended by us: {told[:1].lower()}{told[1:].rstrip('.')}."
        mend = mend or MEND
    return Outcome(label, tone, sentence, by, how, mend)
