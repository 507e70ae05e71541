"""Facts taken from a transcript: each with a status and the line it rests on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from jsonschema import Draft202012Validator, ValidationError

from agents import runtime
from agents.config import AgentConfig
from intelligence import minds, prompts
from intelligence.made import Made
from intelligence.minds import Mind
from intelligence.rules import extraction as rules
from intelligence.rules.extraction import Found
from intelligence.talk import Talk
from intelligence.writing import transcript
from providers.errors import Unavailable
from providers.ports import Message
from providers.scripted import playbook as playbooks

# found: as asked for; repaired: so after a second try; invalid: it does not fit the
# schema; missing: the schema requires it and the call does not say it; absent: it was
# not said, and need not be.
Status = Literal["found", "repaired", "invalid", "missing", "absent"]
FREE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "values": {
            "type": "object",
            "description": "What was asked for: field name to value.",
        },
        "lines": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
    "required": ["values"],
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field, as people and receivers see it."""

    name: str
    value: Any
    status: Status
    line: int | None = None
    problem: str = ""

    def document(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return asdict(self)


def extract(talk: Talk, config: AgentConfig, mind: Mind | None) -> Made:
    """Take out what the agent's post-call settings ask for."""
    wanted = config.post_call.structured_extraction
    if not (wanted.prompt or wanted.json_schema):
        return Made(note="Nothing is asked for: no prompt and no schema.", skipped=True)
    if mind is None:
        return _by_rules(talk, config)
    return _by_model(talk, wanted.prompt or "", wanted.json_schema, mind)


# ---------------------------------------------------------------- by rules


def _by_rules(talk: Talk, config: AgentConfig) -> Made:
    schema = config.post_call.structured_extraction.json_schema
    book = playbooks.read(runtime.playbook(config, config.persona.name, {}))
    found = rules.slots(talk, book)
    if schema:
        found = rules.by_schema(talk, schema, found)
        return _made(found, schema, "rules", minds.NONE)
    note = f"{minds.NONE} The prompt was not read; the playbook’s slots were."
    return _made(found, None, "rules", note)


# ---------------------------------------------------------------- by a model


def _by_model(
    talk: Talk, prompt: str, schema: dict[str, Any] | None, mind: Mind
) -> Made:
    system = prompts.read("extraction")
    if prompt:
        system += f"\n\nWhat the business asks for:\n{prompt}"
    messages = [Message("system", system), transcript(talk, numbered=True)]
    form = _form(schema)
    answer = mind.ask(messages, schema=form)
    found, problems = _checked(_object(answer.text, answer.json, mind), schema, talk)
    if not problems:
        return _made(found, schema, "model", "")
    messages += [
        Message("assistant", answer.text),
        Message(
            "user",
            "This does not fit the schema. Mend it and give it whole; leave out what"
            " the transcript does not say:\n" + "\n".join(problems),
        ),
    ]
    again = mind.ask(messages, schema=form)
    mended, _ = _checked(_object(again.text, again.json, mind), schema, talk)
    return _made(mended, schema, "model", "", before=found)


def _form(schema: dict[str, Any] | None) -> dict[str, Any]:
    """Wrap the customer's schema, so that lines can be named beside the values.

    One with references of its own keeps its place at the root: they would break. What
    it requires is not required of the model, who would make it up.
    """
    if schema is None:
        return FREE
    values = {key: value for key, value in schema.items() if key != "required"}
    if "$ref" in str(schema):
        return values
    return {**FREE, "properties": {**FREE["properties"], "values": values}}


def _object(text: str, parse: Any, mind: Mind) -> dict[str, Any]:
    answer = parse()
    if not isinstance(answer, dict):
        raise Unavailable(
            "The model's answer is not an object.", provider=mind.choice.provider
        )
    return answer


def _checked(
    answer: dict[str, Any], schema: dict[str, Any] | None, talk: Talk
) -> tuple[dict[str, Found], list[str]]:
    """Return the fields of an answer and what is wrong with them, in words."""
    values, lines = answer.get("values"), answer.get("lines")
    if not isinstance(values, dict):
        values, lines = answer, {}
    numbers = {line.number for line in talk.lines}
    found = {}
    for name, value in values.items():
        if value is None:
            continue
        told = lines.get(name) if isinstance(lines, dict) else None
        known = told if told in numbers else rules.line_of(value, talk)
        found[str(name)] = Found(value, known)
    return found, list(_problems(found, schema).values())


# ---------------------------------------------------------------- both


def _made(
    found: Mapping[str, Found],
    schema: Mapping[str, Any] | None,
    how: Literal["model", "rules"],
    note: str,
    *,
    before: Mapping[str, Found] | None = None,
) -> Made:
    fields = fields_of(found, schema, before=before)
    bad = [field for field in fields if field.status in ("invalid", "missing")]
    return Made(
        {
            "extraction": {name: each.value for name, each in found.items()},
            "fields": [field.document() for field in fields],
            "matches_schema": not bad if schema else None,
        },
        how,
        note,
    )


def fields_of(
    found: Mapping[str, Found],
    schema: Mapping[str, Any] | None,
    *,
    before: Mapping[str, Found] | None = None,
) -> list[Field]:
    """Return every field the schema names, then what was found beside it."""
    wanted = list((schema or {}).get("properties") or {})
    required = set((schema or {}).get("required") or ())
    problems = _problems(found, schema)
    had_problems = _problems(before, schema) if before is not None else {}
    fields = []
    for name in [*wanted, *(name for name in found if name not in wanted)]:
        hit = found.get(name)
        if hit is None:
            status: Status = "missing" if name in required else "absent"
            fields.append(Field(name, None, status))
        elif name in problems:
            fields.append(Field(name, hit.value, "invalid", hit.line, problems[name]))
        else:
            status = "repaired" if name in had_problems else "found"
            fields.append(Field(name, hit.value, status, hit.line))
    return fields


def _problems(
    found: Mapping[str, Found], schema: Mapping[str, Any] | None
) -> dict[str, str]:
    """Return what does not fit, by field. What is required and not there is no error of
    the answer: the call may not say it."""
    if not schema:
        return {}
    values = {name: each.value for name, each in found.items()}
    told: dict[str, str] = {}
    for error in Draft202012Validator(
        schema, format_checker=Draft202012Validator.FORMAT_CHECKER
    ).iter_errors(values):
        if error.validator == "required" and not error.absolute_path:
            continue
        for name in _names(error, schema, values):
            told.setdefault(name, f"{name}: {error.message[:200]}")
    return told


def _names(
    error: ValidationError, schema: Mapping[str, Any], values: Mapping[str, Any]
) -> list[str]:
    if error.absolute_path:
        return [str(error.absolute_path[0])]
    if error.validator == "additionalProperties":
        known = schema.get("properties") or {}
        return [name for name in values if name not in known]
    return list(values)
