"""Whether a number's calls get here and are answered, in words. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from common import wording
from telephony.carriers import CARRIERS
from telephony.models import Number
from telephony.turned_away import REASONS

TAGS: dict[str, tuple[str, str]] = {
    Number.Binding.CONFIGURED: ("ok", "Webhook set"),
    Number.Binding.MANUAL_REQUIRED: ("warn", "Set by hand"),
    Number.Binding.FAILED: ("bad", "Webhook failed"),
    Number.Binding.NO_CARRIER: ("", "No carrier"),
}


@dataclass(frozen=True, slots=True)
class Binding:
    """One number in a list."""

    number: Number
    shown: str
    kind: Literal["bound", "free", "trouble"]
    tone: str
    tag: str
    carrier: str
    agent: str
    answers: str  # what stands below the agent's name
    is_answered: bool
    heard: str  # when it was called last
    button: str


def of(number: Number) -> Binding:
    """Put a number into words."""
    tone, tag = TAGS[number.binding]
    agent = number.agent if number.agent and not number.agent.deleted_at else None
    published = agent.published if agent else None
    is_set = number.binding == Number.Binding.CONFIGURED
    known = CARRIERS.get(number.provider)
    kind: Literal["bound", "free", "trouble"] = "free"
    if agent is not None:
        kind = "bound" if is_set and published else "trouble"
    return Binding(
        number=number,
        shown=wording.number(number.number),
        kind=kind,
        tone=tone,
        tag=tag,
        carrier=known.title if known else "–",
        agent=agent.name if agent else "",
        answers=f"answers, v{published.number}"
        if published
        else "draft, does not answer",
        is_answered=published is not None,
        heard=wording.when(number.last_inbound_at)
        if number.last_inbound_at
        else "never",
        button=_button(number, agent is not None),
    )


def refused(number: Number, now: datetime) -> str:
    """Tell why a caller was turned away of late, if one was."""
    at = number.last_refusal_at
    if at is None or now - at > timedelta(days=7):
        return ""
    why = REASONS.get(number.last_refusal, number.last_refusal)
    return f"A caller was turned away {wording.at(at)}: {why}."


def _button(number: Number, has_agent: bool) -> str:
    if not has_agent:
        return "Attach"
    if number.binding == Number.Binding.FAILED:
        return "Mend"
    return "Check" if number.binding == Number.Binding.MANUAL_REQUIRED else "Change"
