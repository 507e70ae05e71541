"""The prompt compiler: persona, playbook and settings become one prompt. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from agents import catalogue, phrases
from agents.config import AgentConfig, Variable
from voice import wording

_BOOLEANS = {
    "true": "yes",
    "yes": "yes",
    "1": "yes",
    "false": "no",
    "no": "no",
    "0": "no",
}
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*")

SPOKEN_STYLE = (
    "You are on a voice call. Speak in short, natural sentences, one thought at a time,"
    " without lists, markup, emoji or stage directions. Ask one question at a time and"
    " wait for the answer. Say numbers, dates and e-mail addresses the way people say"
    " them, and repeat names, numbers and dates back to be sure."
)
HONESTY = (
    "Say only what you were told here or what a tool returned. When you do not know,"
    " say so and offer the next best thing. Never claim to have done what no tool did."
)


def compile(config: AgentConfig, variables: Mapping[str, Any], name: str) -> str:
    """Return the prompt of one call; ``name`` is the agent's label."""
    values = {**system_values(config, name), **variables}
    if config.advanced.prompt_mode == "raw":
        return wording.fill(config.system_prompt, values)
    sections = [
        _identity(config, name),
        config.system_prompt,
        _company(config),
        _audience(config),
        SPOKEN_STYLE,
        _discovery(config, values),
        _section(
            "When a caller objects",
            (
                f'If they say something like "{item.trigger}": {item.response}'
                for item in config.playbook.objectionHandlers
            ),
        ),
        _section(
            "Scripts",
            (
                f"{item.title}"
                f"{f' (when {item.when})' if item.when else ''}: {item.content}"
                for item in config.playbook.scripts
            ),
        ),
        _routing(config),
        _endings(config),
        _limits(config),
        _languages(config),
        HONESTY,
        _known(values, config),
    ]
    text = "\n\n".join(section for section in sections if section.strip())
    return "\n".join(wording.fill(line, values) for line in text.splitlines())


def outline(config: AgentConfig, name: str) -> str:
    """Return the prompt as it is published: what only a call knows stays ``{{key}}``."""
    keys = {v.key for v in config.variables if not is_acquired(v)} | {"caller_name"}
    return compile(config, {key: f"{{{{{key}}}}}" for key in keys}, name)


def opener(config: AgentConfig, variables: Mapping[str, Any], name: str) -> str:
    """Return the first line with its tokens filled in, and behind the word that calls
    are recorded where consent is wanted."""
    line = wording.fill(
        config.playbook.opener, {**system_values(config, name), **variables}
    )
    if line and is_announced(config):
        return f"{phrases.of(config.language).recorded} {line}"
    return line


def is_announced(config: AgentConfig) -> bool:
    """Tell whether callers are told that they are recorded."""
    return config.features.require_consent and config.features.recording_enabled


def system_values(config: AgentConfig, name: str) -> dict[str, Any]:
    """Return the values that every call knows."""
    agent_name = config.persona.name or name
    return {
        "agent_name": agent_name,
        "business_name": config.persona.companyName,
        "company_name": config.persona.companyName,
        "language": config.language,
    }


def resolve_variables(
    config: AgentConfig, given: Mapping[str, Any], name: str
) -> tuple[dict[str, Any], list[str]]:
    """Return the variables of a call, and the required ones that are missing.

    Order: what the call brings along, a system value, the default. What the agent asks
    for or takes from the conversation cannot be missing before it.
    """
    system = system_values(config, name)
    values: dict[str, Any] = {
        key: value for key, value in given.items() if value not in (None, "")
    }
    missing = []
    for variable in config.variables:
        value = given.get(variable.metadataKey or variable.key)
        if value in (None, "") and variable.systemAlias:
            value = system.get(variable.systemAlias)
        if value in (None, ""):
            value = variable.default
        value = _typed(variable, value)
        if value is not None:
            values[variable.key] = value
        else:
            values.pop(variable.key, None)
            if variable.required and not is_acquired(variable):
                missing.append(variable.key)
    return values, missing


def is_acquired(variable: Variable) -> bool:
    """Tell whether the agent finds the value out during the call."""
    return variable.acquisition in ("ask", "extract")


def _typed(variable: Variable, value: Any) -> Any:
    """Return a value that fits the variable's type, else None: as good as missing."""
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    if variable.type == "enum" and variable.enumValues:
        return text if text in variable.enumValues else None
    if variable.type == "boolean":
        return _BOOLEANS.get(text.lower())
    if variable.type == "number":
        return text if _NUMBER.fullmatch(text) else None
    return value


def _identity(config: AgentConfig, name: str) -> str:
    persona = config.persona
    role = f", {persona.role}" if persona.role else ""
    company = f" at {persona.companyName}" if persona.companyName else ""
    tone = f" Your tone: {persona.toneOverride}." if persona.toneOverride else ""
    return f"You are {persona.name or name}{role}{company}.{tone}"


def _company(config: AgentConfig) -> str:
    persona = config.persona
    facts = [persona.companyDescription, *persona.knowledgeBase]
    if persona.companyWebsite:
        facts.append(f"Website: {persona.companyWebsite}")
    return _section("What you know", facts)


def _audience(config: AgentConfig) -> str:
    persona = config.persona
    told = [f"Who calls: {persona.audienceDescription}"] * bool(
        persona.audienceDescription
    )
    if persona.successCriteria:
        told.append(f"A call went well when: {'; '.join(persona.successCriteria)}.")
    return "\n".join(told)


def _discovery(config: AgentConfig, known: Mapping[str, Any]) -> str:
    book = config.playbook
    steps = []
    for step in book.qualificationFlow:
        listens = f" Listen for {step.listensFor}." if step.listensFor else ""
        slot = f" (fills {step.slotName})" if step.slotName else ""
        steps.append(f"{step.question}{listens}{slot}")
    needed = [
        f"{slot.name}{f': {slot.description}' if slot.description else ''}"
        for slot in book.requiredSlots
        if slot.required
    ]
    asked = [
        v for v in config.variables if v.acquisition == "ask" and v.key not in known
    ]
    heard = [
        v for v in config.variables if v.acquisition == "extract" and v.key not in known
    ]
    return "\n\n".join(
        filter(
            None,
            [
                _section("Find out, in this order unless the caller leads", steps),
                _section("Before the end you must know", needed),
                _section("Ask for", map(_variable, asked)),
                _section(
                    "Notice when it comes up, without asking", map(_variable, heard)
                ),
            ],
        )
    )


def _variable(variable: Variable) -> str:
    told = (
        f"{variable.key}{f': {variable.description}' if variable.description else ''}"
    )
    if variable.type == "enum" and variable.enumValues:
        return f"{told} (one of: {', '.join(variable.enumValues)})"
    return told


def _routing(config: AgentConfig) -> str:
    types = []
    for persona in config.persona.callerPersonas:
        signs = [persona.detectedWhen, *(f'"{p}"' for p in persona.triggerPhrases)]
        told = ", ".join(filter(None, signs))
        types.append(
            f"{persona.type}{f' (you notice: {told})' if told else ''}:"
            f" {persona.approach}"
        )
    return _section("Kinds of callers; follow the one you notice", types)


def _endings(config: AgentConfig) -> str:
    book = config.playbook
    told = [
        book.closingCTA and f"At the end: {book.closingCTA}",
        book.fallbackCTA and f"If you cannot help or they decline: {book.fallbackCTA}",
        book.escalationRule and f"A person must take over when: {book.escalationRule}",
        "When the caller says goodbye or wants nothing more, say goodbye and use the"
        " end_call tool.",
    ]
    return "\n".join(line for line in told if line)


def _limits(config: AgentConfig) -> str:
    settings = config.advanced
    told = []
    if settings.offLimitsTopics:
        told.append(f"Do not talk about: {_joined(settings.offLimitsTopics)}.")
    if settings.prohibitedClaims:
        told.append(f"Never claim or promise: {_joined(settings.prohibitedClaims)}.")
    if is_announced(config):
        told.append(
            "Callers are told at the start that the call is recorded. If one minds, say"
            " that you cannot go on without, offer another way to reach"
            f" {config.persona.companyName or 'us'}, and end the call politely."
        )
    return "\n".join(told)


def _languages(config: AgentConfig) -> str:
    book = catalogue.load().languages
    names = [
        book[tag].name if tag in book else tag for tag in config.supported_languages
    ]
    if len(names) == 1:
        return f"Speak {names[0]}."
    return (
        f"Speak {names[0]}. If the caller prefers one of these, change to it:"
        f" {', '.join(names[1:])}."
    )


def _known(values: Mapping[str, Any], config: AgentConfig) -> str:
    declared = {variable.key: variable for variable in config.variables}
    lines = []
    for key, value in values.items():
        if key in declared:
            about = declared[key].description
            lines.append(f"{key}{f' ({about})' if about else ''}: {value}")
    return _section("Known about this call", lines)


def _section(title: str, lines: Iterable[str]) -> str:
    items = [f"- {' '.join(line.split())}" for line in lines if line.strip()]
    return "\n".join([f"{title}:", *items]) if items else ""


def _joined(text: str) -> str:
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())
