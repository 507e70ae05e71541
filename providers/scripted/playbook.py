"""What the offline brain knows of its agent: the plain dict of ``LlmRequest.options``."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from providers.scripted import kinds
from providers.scripted.kinds import Kind
from providers.scripted.matching import content

_LEAVE = re.compile(r"right_person|may_(?:talk|ask|speak)|can_talk|consent|permission")


@dataclass(frozen=True, slots=True)
class Step:
    """Something to find out, and the question that asks for it."""

    slot: str
    question: str
    kind: Kind
    choices: tuple[str, ...] = ()
    required: bool = True

    @property
    def label(self) -> str:
        """Return the slot's name as it is spoken."""
        return spoken_name(self.slot)

    @property
    def asks_leave(self) -> bool:
        """Tell whether a "no" ends the matter: it asks who listens, or whether to talk."""
        return self.kind is Kind.YES_NO and bool(_LEAVE.match(self.slot))


@dataclass(frozen=True, slots=True)
class Cue:
    """Something to say when the caller says something like it."""

    triggers: tuple[str, ...]
    response: str


@dataclass(frozen=True, slots=True)
class CallerType:
    """A kind of caller and how to meet them."""

    name: str
    approach: str
    triggers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Playbook:
    """An agent's instructions."""

    agent_name: str = ""
    company_name: str = ""
    facts: tuple[str, ...] = ()
    opener: str = ""
    steps: tuple[Step, ...] = ()
    objections: tuple[Cue, ...] = ()
    scripts: tuple[Cue, ...] = ()
    caller_types: tuple[CallerType, ...] = ()
    closing_cta: str = ""
    fallback_cta: str = ""
    escalation_rule: str = ""
    end_message: str = ""


def read(raw: Mapping[str, Any]) -> Playbook:
    """Build a playbook; what is missing or empty is left out, nothing is invented."""
    return Playbook(
        agent_name=_text(raw.get("agent_name")),
        company_name=_text(raw.get("company_name")),
        facts=_facts((*_list(raw, "company_facts"), *_list(raw, "knowledge"))),
        opener=_text(raw.get("opener")),
        steps=tuple(_steps(_list(raw, "qualification"), _list(raw, "slots"))),
        objections=tuple(_cues(_list(raw, "objections"), "trigger", "response")),
        scripts=tuple(_cues(_list(raw, "scripts"), "when", "content")),
        caller_types=tuple(_caller_types(_list(raw, "caller_types"))),
        closing_cta=_text(raw.get("closing_cta")),
        fallback_cta=_text(raw.get("fallback_cta")),
        escalation_rule=_text(raw.get("escalation_rule")),
        end_message=_text(raw.get("end_message")),
    )


def sentence(text: str) -> str:
    """Make a text end as a sentence does."""
    text = text.strip()
    return text if not text or text[-1] in ".!?…" else f"{text}."


def spoken_name(slot: str) -> str:
    """Turn ``preferredDate`` or ``preferred_date`` into "preferred date"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", slot)
    return re.sub(r"[\s_-]+", " ", words).strip().lower()


def _text(value: Any) -> str:
    return re.sub(r"\s+", " ", value).strip() if isinstance(value, str) else ""


def _list(raw: Mapping[str, Any], key: str) -> list[Any]:
    value = raw.get(key) or []
    return list(value) if isinstance(value, list | tuple) else [value]


def _steps(questions: Iterable[Any], slots: Iterable[Any]) -> Iterable[Step]:
    described = {_text(slot.get("name")): slot for slot in slots}
    asked = set()
    for number, item in enumerate(questions, 1):
        question = _text(item.get("question"))
        slot = _text(item.get("slot_name")) or f"answer {number}"
        if question:
            asked.add(slot)
            yield _step(slot, question, item, described.get(slot, {}))
    for slot, item in described.items():
        if slot and slot not in asked and item.get("required"):
            yield _step(slot, _question_for(slot, item), {}, item)


def _step(
    slot: str, question: str, item: Mapping[str, Any], described: Mapping[str, Any]
) -> Step:
    about = _text(described.get("description"))
    listens_for = _text(item.get("listens_for"))
    kind = kinds.kind_of(spoken_name(slot), about, question, listens_for)
    choices = kinds.choices(question, listens_for) if kind is Kind.CHOICE else ()
    required = bool(described.get("required", True))
    return Step(slot, sentence(question), kind, choices, required)


_ASKING = re.compile(r"(what|when|where|who|which|how|why|whether|if)\b", re.I)


def _question_for(slot: str, item: Mapping[str, Any]) -> str:
    about = _text(item.get("description")).rstrip(".?! ")
    if _ASKING.match(about):
        return f"May I ask {about[:1].lower()}{about[1:]}?"
    if about.lower().startswith(("the ", "your ")):
        about = about.split(" ", 1)[1]
    short = len(about.split()) <= 4 and about.isascii()
    return f"May I have your {about.lower() if about and short else spoken_name(slot)}?"


def _cues(items: Iterable[Any], when: str, say: str) -> Iterable[Cue]:
    for item in items:
        triggers, response = _phrases(item.get(when)), _text(item.get(say))
        if triggers and response:
            yield Cue(triggers, sentence(response))


def _caller_types(items: Iterable[Any]) -> Iterable[CallerType]:
    for item in items:
        if triggers := _phrases(item.get("triggers")):
            yield CallerType(
                _text(item.get("name")), _text(item.get("approach")), triggers
            )


def _phrases(value: Any) -> tuple[str, ...]:
    """Split "too expensive, costs too much" or a list into its phrases."""
    parts = (
        value if isinstance(value, list | tuple) else re.split(r"[,;/|\n]", value or "")
    )
    phrases = (_text(part).strip("\"'“”") for part in parts)
    return tuple(phrase for phrase in phrases if phrase)


_QA = re.compile(r"^\s*Q(?:uestion)?\s*[:.]\s*(.+?)\s*A(?:nswer)?\s*[:.]\s*(.+)$", re.S)
_SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!\b(?:Dr|Mr|St|No)\.)(?<!\bMrs\.)\s+(?=[A-Z0-9\"“$€£])"
)


def _facts(texts: Iterable[Any]) -> tuple[str, ...]:
    """Cut knowledge into pieces that can be quoted alone."""
    pieces: list[str] = []
    for text in texts:
        for line in str(text).splitlines():
            line = line.strip(" \t-*•")
            pieces += [line] if _QA.match(line) else _SENTENCE.split(line)
    return tuple(dict.fromkeys(piece.strip() for piece in pieces if piece.strip()))


MOST_FOUND = 12  # facts that one lookup adds: each has to be understood first


def facts_of(passages: Iterable[Mapping[str, Any]], question: str) -> list[str]:
    """Cut what was looked up into facts, those first that share the question's words.

    A fact keeps its heading in front: a price without one is a price of nothing.
    """
    asked = content(question)
    facts: list[str] = []
    for passage in passages:
        heading = str(passage.get("heading", "")).split(" › ")[-1]
        shown = heading if heading and not _PAGE.match(heading) else ""
        for fact in _facts([passage.get("text", "")]):
            has_heading = not shown or content(shown) <= content(fact)
            facts.append(fact if has_heading else f"{shown}: {fact}")
    facts.sort(key=lambda fact: -len(asked & content(fact)))
    return list(dict.fromkeys(facts))[:MOST_FOUND]


_PAGE = re.compile(r"^Page \d+$")
_LABEL = re.compile(r"^([^:.!?]{3,60}):\s+(\S.*)$", re.S)
_ASKS = re.compile(
    r"^(?:(?:what|when|where|who|which|how|why)\b.{0,20}?\b)?(?:do|does|are|is|can|will|have|has)\b",
    re.I,
)
_TELLS = re.compile(r"^(we|our|you|your|it|they|there|i|he|she)\b", re.I)


def quoted(fact: str) -> str:
    """Return what is said of a fact: the answer without its question, the sentence
    without its heading."""
    if match := _QA.match(fact):
        return sentence(match.group(2))
    label = _LABEL.match(fact)
    if label and (_ASKS.match(label.group(1)) or _TELLS.match(label.group(2))):
        told = label.group(2)
        return sentence(told[:1].upper() + told[1:])
    return sentence(fact)
