"""Said it, did not do it: promises in the agent's speech against the tools that ran.

Used with and without a language model: a model that made a promise up is the last that
should be asked whether it kept it.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any

from intelligence.talk import Deed, Line, Talk


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of promise: how it sounds, and which tools keep it."""

    name: str  # in a sentence: "promised a booking"
    sounds: str
    kept_by: str  # a pattern of tool names


_DID = r"(?:i(?:'ve| have)|we(?:'ve| have)|i've just|i have just)"
_WILL = r"(?:i(?:'ll| will|'m going to| am going to)|we(?:'ll| will)|let me|i can see that i)"
KINDS = (
    Kind(
        "a transfer",
        rf"\b(?:{_WILL} (?:now )?(?:transfer|connect|put) you\b|(?:transferring|connecting) you\b|putting you through)",
        r"handoff|hand_off|transfer|connect",
    ),
    Kind(
        "a booking",
        rf"\b(?:{_DID} (?:booked|scheduled|reserved|put you down)|you(?:'re| are) (?:all )?(?:booked|scheduled)|(?:appointment|booking|reservation|table|slot|visit) (?:is|has been) (?:now )?(?:booked|confirmed|made|scheduled|reserved)|{_WILL} (?:book|schedule|reserve) (?:that|it|you|the|your|this))",
        r"create_calendar|update_calendar|book|reserv|schedul(?!e_callback)|appointment",
    ),
    Kind(
        "a change or cancellation",
        rf"\b(?:{_DID} (?:cancell?ed|moved|rescheduled|changed)|(?:appointment|booking|reservation|order) (?:is|has been) (?:now )?(?:cancell?ed|moved|rescheduled|changed)|{_WILL} (?:cancel|reschedule|move) (?:that|it|the|your|this))",
        r"update_calendar|delete_calendar|cancel|reschedul|move|change",
    ),
    Kind(
        "a message sent",
        rf"\b(?:{_DID} (?:sent|texted|e-?mailed|messaged)|{_WILL} (?:send|text|e-?mail|message) you)",
        r"send|sms|text|mail|whatsapp|telegram|message",
    ),
    Kind(
        "a call back",
        rf"\b(?:(?:{_WILL}|they(?:'ll| will)|someone will|somebody will|a colleague will)\b[^.?!]{{0,40}}\b(?:call|ring|phone) you back|{_DID} (?:arranged|scheduled|asked)[^.?!]{{0,40}}(?:call|ring))",
        r"callback|call_back|ticket|task",
    ),
    Kind(
        "a note to the team",
        rf"\b(?:{_DID} (?:passed|told|notified|informed|logged|opened|created) (?:that|this|it|the|them|a)|{_WILL} (?:pass (?:that|this|it) on|let (?:the team|them|a colleague|my colleague) know|open a ticket|create a ticket))",
        r"ticket|note|notify|webhook|callback|message|send|crm|log",
    ),
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Unkept:
    """Something said that no tool did."""

    promise: str  # "a booking"
    quote: str
    line: int
    why: str  # in words

    def document(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return asdict(self)


def unkept(talk: Talk, purposes: dict[str, str] | None = None) -> list[Unkept]:
    """Return the promises that no tool kept, each kind once.

    ``purposes`` are the words in which customers describe tools of their own: a tool
    called ``crm_sync`` may book.
    """
    found = []
    for kind in KINDS:
        said = _first(kind, talk.agent)
        if said is None:
            continue
        line, quote = said
        tried = [deed for deed in talk.deeds if _keeps(kind, deed, purposes or {})]
        if kind.name == "a transfer" and talk.ending == "handoff_to_human":
            continue
        if not any(not deed.failed for deed in tried):
            found.append(Unkept(kind.name, quote, line.number, _why(tried)))
    return found


def _first(kind: Kind, lines: list[Line]) -> tuple[Line, str] | None:
    for line in lines:
        for sentence in _SENTENCE.split(line.text.replace("’", "'")):
            if not sentence.endswith("?") and re.search(kind.sounds, sentence, re.I):
                return line, sentence.strip()
    return None


def _keeps(kind: Kind, deed: Deed, purposes: dict[str, str]) -> bool:
    told = f"{deed.name} {purposes.get(deed.name, '')}"
    return bool(re.search(kind.kept_by, told, re.I))


def _why(tried: list[Deed]) -> str:
    if not tried:
        return "No tool that does this ran in the call."
    last = tried[-1]
    return f"{last.name} was tried and failed: {last.result[:160] or 'no reason given'}"
