"""What sort of answer a question wants, told from the words of its slot."""

import re
from enum import Enum


class Kind(Enum):
    """A sort of answer."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    WHEN = "when"
    NUMBER = "number"
    YES_NO = "yes or no"
    CHOICE = "choice"
    TEXT = "text"


# Words before "name" by which a person's is meant; any other thing has a name, too.
_A_PERSON_S = (
    "first|last|full|family|given|middle|own|your|their|his|her|whose|what|which|the|an?|and|or|of|for|by"
    "|in|as|is|to|say|spell|have|with|caller|customer|patient|guest|client|contact|person"
    "|user|member|owner|policyholder|employee|candidate|applicant|tenant|buyer|student"
    "|visitor|attendee|lead|preferred"
)
# First match wins; looked for in the slot's name, its description, then the question.
_SIGNS: tuple[tuple[Kind, str], ...] = (
    (Kind.EMAIL, r"\be-?mail\b"),
    (
        Kind.PHONE,
        r"\b(phone|telephone|mobile|cell|call-?back number|contact number|number to (reach|call)|best number)\b",
    ),
    (
        Kind.TEXT,
        rf"(?<!['’])\b(?!(?:{_A_PERSON_S})(?:['’]s)? )[a-z]+(?:['’]s)? name\b",
    ),
    (
        Kind.NUMBER,
        r"\b(how many|number of|count|quantity|party size|guests|headcount|age|how old)\b",
    ),
    (
        Kind.NAME,
        r"\b(first|last|full|your|caller'?s?|customer'?s?)? ?name\b|\bwho am i (speaking|talking) (to|with)\b",
    ),
    (
        Kind.WHEN,
        r"\b(date|day|time|when|appointment slot|deadline|check-?in|arrival|timeline)\b",
    ),
)
# "May I have your matter?" has the form of such a question and asks for something else.
_REQUEST = r"(?:may|can|could|will|would|shall) (?:i|we|you)(?: please| just| quickly)* (?:have|get|take|ask|know|tell|give|describe|explain|share|say|spell|repeat|confirm)\b"
_YES_NO = re.compile(
    rf"^(and |so |also |ok(ay)?,? )*(?!{_REQUEST})(do|does|did|are|is|was|were|have|has|had|will|would|could|can|may|shall|should) (you|it|this|that|there|your|the|we|i)\b",
    re.I,
)
_CHOICE = re.compile(
    r"\b([\w-]+(?: [\w-]+){0,2}?),? or (?:a |an |the )?([\w-]+(?: [\w-]+){0,2})", re.I
)


def kind_of(slot: str, about: str, question: str, listens_for: str) -> Kind:
    """Tell the kind; ``listens_for`` as a list of words makes it a choice."""
    for text in (slot, about):
        for kind, sign in _SIGNS:
            if re.search(sign, text, re.I):
                return kind
    if choices(question, listens_for):
        return Kind.CHOICE
    for kind, sign in _SIGNS:
        if re.search(sign, question, re.I):
            return kind
    return Kind.YES_NO if _YES_NO.match(question.strip()) else Kind.TEXT


def choices(question: str, listens_for: str) -> tuple[str, ...]:
    """Return what there is to choose from, if it is a short list."""
    parts = re.split(r",|;|/|\bor\b|\band\b", listens_for.rstrip("."))
    found = tuple(part.strip().lower() for part in parts if part.strip())
    if 2 <= len(found) <= 8 and all(len(choice.split()) <= 3 for choice in found):
        return tuple(choice for choice in found if choice not in ("yes", "no"))
    if match := _CHOICE.search(question):
        return _bare(match.group(1)), _bare(match.group(2))
    return ()


def _bare(words: str) -> str:
    """Drop what stands before the thing itself: "like a cleaning" → "cleaning"."""
    return re.sub(r"^.*\b(a|an|the|for|it|this)\s+", "", words.lower()).strip()
