"""What a description wants an agent to do: what to ask callers, whom to hand over to.

Found by rules, as ``brief`` finds what is said of the business. Pure; nothing is guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

PHONE = re.compile(r"(?<![\w/.])\+?\(?\d[\d ().-]{6,18}\d(?!\w)")
_SENTENCE = re.compile(r"(?<=[.;!?])\s+(?=[A-Z])")
_HANDS_OVER = re.compile(
    r"(?:\b(?:if|when|once|in case|after)\b[^.;!?]{3,80}?,?\s+)?"
    r"\b(?:hand(?:s|ing)?|transfer\w*|forward\w*|escalat\w*|connect\w*|rout(?:es?|ing)"
    r"|redirect\w*|pass(?:es|ing)?|put(?:s|ting)?\b[^.;]*\bthrough|send(?:s|ing)?)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:(?:asks?|asking)(?: (?:the )?(?:callers?|customers?|clients?|guests?|patients?"
    r"|people|them|everybody|everyone))?(?: for| about)?"
    r"|collects?|collecting|gathers?|takes? down|writes? down|notes? down|finds? out"
    r"|captures?)\s+([^.;!?\n]{3,240})",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r",\s*(?:and\s+)?|\s+and\s+|\s*&\s*", re.IGNORECASE)
# Where one of these begins, the agent does something else than ask for it.
_NOT_ASKED = re.compile(
    r"(?:then|also|never|always|not|only|it|we|she|he|they|you|please|is|are|must|should|can"
    r"|may|will|to|in|on|for|before|after|so|but|speaks?|hands?|books?|answers?|transfers?"
    r"|takes?|sends?|offers?|gives?|calls?|confirms?|tells?|schedules?|forwards?|puts?"
    r"|passes|pass|connects?|checks?|makes?|does|do|sells?|explains?|helps?|stays?|keeps?"
    r"|reads?|repeats?|ends?|hangs?|escalates?|creates?|qualif(?:y|ies)|says?)\b",
    re.IGNORECASE,
)
_DETERMINED = re.compile(
    r"(?:the|an?|your|what|which|when|where|who|whose|whether|how|if|why)\b",
    re.IGNORECASE,
)
_TO_THE_CALLER = {
    "their": "your", "his": "your", "her": "your", "they": "you", "them": "you",
    "they're": "you are", "they’re": "you are", "themselves": "yourself",
}  # fmt: skip
# How templates name what people call otherwise.
_SAME = {
    "name": "full_name", "names": "full_name", "first_last_name": "full_name",
    "phone_number": "phone", "telephone_number": "phone", "number": "phone",
    "telephone": "phone", "contact_number": "phone", "callback_number": "phone",
    "mail": "email", "e_mail": "email", "email_address": "email", "mail_address": "email",
    "what_call_about": "matter", "how_many_people": "party_size",
    "number_people": "party_size",
}  # fmt: skip
_OF_A_SLOT = frozenset("the a an your is are do you if whether of to for".split())
_LONGEST_WORDS = 8
_MOST = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something that callers are asked for."""

    what: str  # as it is said to a caller: "your budget", "what is wrong"
    slot: str  # such as budget

    @property
    def question(self) -> str:
        return f"Could you tell me {self.what}?"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Everything found; empty where the description is silent."""

    asks: tuple[Wanted, ...] = ()
    hand_over: str = ""  # a telephone number as it stands there
    hand_over_rule: str = ""  # the words that say who is handed over


def read(description: str) -> Assignment:
    """Find what the rules can find."""
    text = " ".join(description.split())
    number, rule = next(_hand_overs(text), ("", ""))
    return Assignment(tuple(_asked(text)), number, rule)


def is_hand_over(text: str, phone: re.Match[str]) -> bool:
    """Tell whether a telephone number found in ``text`` is one to hand callers over to."""
    return bool(_HANDS_OVER.search(_before(text, phone)))


def _hand_overs(text: str) -> Iterator[tuple[str, str]]:
    for phone in PHONE.finditer(text):
        before = _before(text, phone)
        if verbs := list(_HANDS_OVER.finditer(before)):
            number = phone[0].strip(" .-")
            yield number, f"{before[verbs[-1].start() :]}{number}"


def _before(text: str, phone: re.Match[str]) -> str:
    """Return the sentence a number stands in, up to the number."""
    return _SENTENCE.split(text[: phone.start()])[-1]


def _asked(text: str) -> Iterator[Wanted]:
    seen: set[str] = set()
    for match in _ASKS.finditer(text):
        for part in _BETWEEN.split(match[1].strip()):
            wanted = _wanted(part)
            if wanted is None:
                break
            if wanted.slot not in seen and len(seen) < _MOST:
                seen.add(wanted.slot)
                yield wanted


def _wanted(part: str) -> Wanted | None:
    words = part.strip(" '\"“”").split()
    if not 0 < len(words) <= _LONGEST_WORDS or _NOT_ASKED.match(part.strip()):
        return None
    said = [_TO_THE_CALLER.get(word.lower(), word) for word in words]
    what = " ".join(said)
    if not _DETERMINED.match(what):
        what = f"your {what}"
    slot = _slot(what)
    return Wanted(what, slot) if slot else None


def _slot(what: str) -> str:
    words = re.findall(r"[a-z]+", re.sub(r"['’]s\b", "", what.lower()))
    slot = "_".join([word for word in words if word not in _OF_A_SLOT][:4])
    return _SAME.get(slot, slot)
