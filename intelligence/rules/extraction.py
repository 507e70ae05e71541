"""Fields from a transcript by rules: what the agent's own questions were answered with,
then what a field's name, type and choices let find."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intelligence.talk import Line, Talk
from providers.ports import Message
from providers.scripted import answers, conversation
from providers.scripted import kinds as sorts
from providers.scripted.kinds import Kind
from providers.scripted.matching import content, plain
from providers.scripted.playbook import Playbook, Step, spoken_name

LONGEST = 120  # lines that are folded again and again, to find where a value came from


@dataclass(frozen=True, slots=True)
class Found:
    """A value, and the line it was said in (None: nobody said it in one line)."""

    value: Any
    line: int | None


def slots(talk: Talk, playbook: Playbook) -> dict[str, Found]:
    """Return what the playbook's questions were answered with.

    The conversation is read as the offline brain reads it, whoever held it.
    """
    messages = [
        Message("user" if line.is_caller else "assistant", line.text)
        for line in talk.lines
    ]
    readings: dict[str, conversation.Reading] = {}
    values = dict(conversation.fold(playbook, messages, readings).values)
    found = {name: Found(value, None) for name, value in values.items()}
    if len(messages) <= LONGEST:
        for end, line in enumerate(talk.lines, 1):
            if not line.is_caller:
                continue
            so_far = conversation.fold(playbook, messages[:end], readings).values
            for name, value in so_far.items():
                known = found.get(name)
                if known and known.value == value and known.line is None:
                    found[name] = Found(value, line.number)
    return found


def by_schema(
    talk: Talk, schema: Mapping[str, Any], known: Mapping[str, Found]
) -> dict[str, Found]:
    """Return a value for each property of an object schema that the rules can fill."""
    found = {}
    for name, wanted in (schema.get("properties") or {}).items():
        wanted = wanted if isinstance(wanted, Mapping) else {}
        hit = _known(name, known) or _deed(name, talk) or _said(name, wanted, talk)
        if hit is None:
            continue
        value = coerced(hit.value, wanted)
        if value is not None:
            found[name] = Found(value, hit.line)
    return found


def coerced(value: Any, wanted: Mapping[str, Any]) -> Any:
    """Return a value in the type that the schema wants, or None."""
    types = wanted.get("type")
    sorts_wanted = [types] if isinstance(types, str) else list(types or [])
    choices = wanted.get("enum")
    if choices:
        return next((c for c in choices if plain(str(c)) == plain(str(value))), None)
    for sort in sorts_wanted or ["string"]:
        made = _as(sort, value)
        if made is not None:
            return made
    return None


def _as(sort: str, value: Any) -> Any:
    text = str(value)
    if sort == "string":
        return text
    if sort == "boolean":
        if isinstance(value, bool):
            return value
        told = answers.yes_no(text)
        return {"yes": True, "no": False}.get(told)
    if sort in ("integer", "number"):
        number = answers.number(text)
        if not number:
            return None
        return int(float(number)) if sort == "integer" else float(number)
    if sort == "array":
        return [value]
    return None


def _known(name: str, known: Mapping[str, Found]) -> Found | None:
    """Return a slot of the same name, however it is written."""
    wanted = spoken_name(name)
    return next(
        (hit for slot, hit in known.items() if spoken_name(slot) == wanted), None
    )


def _deed(name: str, talk: Talk) -> Found | None:
    """Return what a tool that ran was given under this name."""
    wanted = spoken_name(name)
    for deed in reversed(talk.deeds):
        for key, value in deed.arguments.items():
            if not deed.failed and value and spoken_name(str(key)) == wanted:
                return Found(value, None)
    return None


def _said(name: str, wanted: Mapping[str, Any], talk: Talk) -> Found | None:
    about = str(wanted.get("description", ""))
    choices = tuple(str(choice).lower() for choice in wanted.get("enum") or ())
    kind = Kind.CHOICE if choices else _kind(name, about, wanted)
    step = Step(name, "", kind, choices)
    return _asked(step, about, talk) or _unasked(step, talk)


def _kind(name: str, about: str, wanted: Mapping[str, Any]) -> Kind:
    by_format = {"email": Kind.EMAIL, "date": Kind.WHEN, "date-time": Kind.WHEN, "time": Kind.WHEN}  # fmt: skip
    if kind := by_format.get(str(wanted.get("format", ""))):
        return kind
    if wanted.get("type") in ("integer", "number"):
        return Kind.NUMBER
    if wanted.get("type") == "boolean":
        return Kind.YES_NO
    return sorts.kind_of(spoken_name(name), about, "", "")


def _asked(step: Step, about: str, talk: Talk) -> Found | None:
    """Look at what the caller answered when the agent asked for it."""
    wanted = content(f"{spoken_name(step.slot)} {about}")
    named = content(spoken_name(step.slot))
    question: Line | None = None
    for line in talk.lines:
        if not line.is_caller:
            question = line if "?" in line.text else None
            continue
        if question is None:
            continue
        shared = content(question.text) & wanted
        if (shared & named or len(shared) >= 2) and (
            value := answers.find(step, line.text, asked=True)
        ):
            return Found(value, line.number)
        question = None
    return None


def _unasked(step: Step, talk: Talk) -> Found | None:
    """Look for what cannot be mistaken, in everything the caller said."""
    for line in talk.caller:
        if value := answers.find(step, line.text, asked=False):
            return Found(value, line.number)
    return None


def line_of(value: Any, talk: Talk) -> int | None:
    """Return the line in which a value was said, if it stands in one word for word."""
    text = plain(str(value))
    if not text or isinstance(value, bool):
        return None
    digits = re.sub(r"\D", "", str(value))
    for line in reversed(talk.lines):
        if f" {text} " in f" {plain(line.text)} ":
            return line.number
        if len(digits) >= 4 and digits in answers.digits(line.text):
            return line.number
    return None
