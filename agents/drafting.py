"""The designer: a description becomes a complete agent.

With a connected language model, that model writes it to a schema. Without one, or when
it fails twice, a template is picked by keywords and filled in by rules, and the result
says so.
"""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import ValidationError

from accounts.models import Workspace
from agents import brief as briefs
from agents import catalogue, designs, filling, gallery, stacks
from agents import config as configs
from agents.brief import Brief
from agents.config import AgentConfig
from agents.designs import Design
from agents.gallery import Template
from agents.provider_keys import Keyring
from agents.setup_questions import Answers
from agents.stack import Choice, Stack
from common.errors import Refusal
from providers import registry, web
from providers.errors import ProviderError
from providers.ports import LlmRequest, Message, TextDelta

How = Literal["model", "template"]
StepName = Literal[
    "reading", "template", "business", "persona", "playbook", "languages", "voice", "checks"
]  # fmt: skip
MAX_DESCRIPTION = 8_000  # characters
MAX_TOKENS = 6_000
TRIES = 2  # the second is told what was wrong with the first
NO_MODEL = (
    "No language model is connected, so this was made from a template and what the"
    " rules found in your description. Connect one under Settings, BYO Providers, and"
    " it will be written for you."
)

log = logging.getLogger(__name__)


class NothingToDraft(Refusal):
    """There is neither a description nor a template, or too much of it."""

    code = "invalid_request"


@dataclass(frozen=True, slots=True)
class Draft:
    """A complete agent that is not saved yet."""

    name: str  # the label in Studio
    config: AgentConfig
    template: str
    how: How
    note: str = ""  # why it was not the model, in a plain sentence
    missing: tuple[str, ...] = ()  # ids of required setup questions without an answer
    blockers: tuple[str, ...] = ()  # what keeps a call from running, in plain sentences


@dataclass(frozen=True, slots=True)
class Step:
    """Something done on the way; the last one, ``checks``, carries the draft."""

    name: StepName
    title: str
    detail: str
    how: How
    draft: Draft | None = None


def stream(
    workspace: Workspace,
    description: str,
    answers: Answers | None = None,
    template: str = "",
) -> Iterator[Step]:
    """Draft an agent, a step at a time; nothing is saved.

    Raises ``NothingToDraft`` or ``NotFound`` (no such template) before the first step;
    a model that fails does not raise: the template is taken instead. Waits for the model,
    so iterate in a thread without an event loop (a synchronous view).
    """
    description, answers = description.strip(), dict(answers or {})
    if not (description or template):
        raise NothingToDraft("Say in a sentence or two what the agent should do.")
    if len(description) > MAX_DESCRIPTION:
        raise NothingToDraft(
            f"The description is longer than {MAX_DESCRIPTION:,} characters. Keep what"
            " the agent should do; facts can be added afterwards."
        )
    picked = gallery.find(template) if template else gallery.match(description)
    return _steps(workspace, description, answers, picked)


def draft(
    workspace: Workspace,
    description: str,
    answers: Answers | None = None,
    template: str = "",
) -> Draft:
    """Draft an agent in one go."""
    *_, last = stream(workspace, description, answers, template)
    if last.draft is None:
        raise RuntimeError("the last step carries the draft")
    return last.draft


def prefilled(description: str, template: Template) -> dict[str, str]:
    """Return the answers to a template's questions that a description holds."""
    return filling.answered(template, briefs.read(description))


def _steps(
    workspace: Workspace, description: str, answers: Answers, template: Template
) -> Iterator[Step]:
    keyring = Keyring(workspace)
    brief = briefs.read(description)
    mind = _mind(workspace, keyring, brief)
    how: How = "model" if mind else "template"
    yield Step("reading", "Reading your description", _read_detail(brief), how)
    yield Step("template", f"Template: {template.label}", template.description, how)
    made = _make(mind, keyring, description, answers, template, brief)
    config = made.config
    yield from _told(config, made.how)
    stack = stacks.resolve(config, workspace, keyring=keyring)
    made = replace(made, blockers=_blockers(stack))
    yield Step("voice", "Voice and models", _voice_detail(stack), made.how)
    yield Step("checks", "Checks", _checks_detail(stack, made), made.how, made)


def _mind(workspace: Workspace, keyring: Keyring, brief: Brief) -> Choice | None:
    stack = stacks.resolve(configs.defaults(), workspace, keyring=keyring)
    return None if stack.is_scripted else stack.choice("llm")


def _make(
    mind: Choice | None,
    keyring: Keyring,
    description: str,
    answers: Answers,
    template: Template,
    brief: Brief,
) -> Draft:
    if mind is None:
        return _from_template(template, brief, answers, NO_MODEL)
    try:
        design = _designed(
            mind, keyring, description or template.brief, answers, template
        )
        config = filling.with_hand_over(design.configure(), brief.assignment)
        return Draft(design.label, config, template.id, "model")
    except (ProviderError, ValidationError, configs.Invalid) as error:
        log.warning("drafting with a model failed", extra={"provider": mind.provider})
        reason = (
            str(error)
            if isinstance(error, ProviderError)
            else f"{mind.provider_name} did not answer in the form asked for."
        )
        note = f"{reason} So this was made from a template instead; try again later."
        return _from_template(template, brief, answers, note)


# ---------------------------------------------------------------- with a model


def _designed(
    mind: Choice,
    keyring: Keyring,
    description: str,
    answers: Answers,
    template: Template,
) -> Design:
    told = {
        question.question: ", ".join(question.chosen(answers))
        for question in template.setupQuestions
        if question.id in answers and question.chosen(answers)
    }
    messages = [
        Message("system", designs.SYSTEM),
        Message("user", designs.question(description, told, template)),
    ]
    for attempt in range(1, TRIES + 1):
        text = asyncio.run(_ask(mind, keyring, tuple(messages)))
        try:
            design = Design.model_validate_json(_json_in(text))
            design.configure()
            return design
        except (ValidationError, configs.Invalid) as error:
            if attempt == TRIES:
                raise
            messages += [
                Message("assistant", text),
                Message(
                    "user", f"That does not fit the schema. Mend it, whole:\n{error}"
                ),
            ]
    raise RuntimeError("there is at least one try")


async def _ask(mind: Choice, keyring: Keyring, messages: tuple[Message, ...]) -> str:
    model = registry.build(
        "llm",
        mind.provider,
        **stacks.options(mind, keyring),
    )
    request = LlmRequest(
        messages=messages,
        model=mind.model,
        temperature=0.3,
        max_tokens=MAX_TOKENS,
        json_schema=designs.schema(),
        options={"unhurried": True},
    )
    try:  # on a loop of its own, which ends with it: calls must not lose their connections
        events = [event async for event in model.reply(request)]
    finally:
        await web.close()
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def _json_in(text: str) -> str:
    """Return the object in an answer: some models put it into a fence."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


# ---------------------------------------------------------------- from a template


def _from_template(
    template: Template, brief: Brief, answers: Answers, note: str
) -> Draft:
    given = {id: answer for id, answer in answers.items() if answer}
    config = filling.fill(template, brief, given)
    company = config.persona.companyName
    name = f"{company[: 118 - len(template.label)]} {template.label.lower()}".strip()
    return Draft(
        name[:1].upper() + name[1:],
        config,
        template.id,
        "template",
        note,
        tuple(template.missing({**filling.answered(template, brief), **given})),
    )


# ---------------------------------------------------------------- telling


def _told(config: AgentConfig, how: How) -> Iterator[Step]:
    persona, book = config.persona, config.playbook
    business = ", ".join(filter(None, (persona.companyName, persona.businessType)))
    facts = _count(len(persona.knowledgeBase), "fact")
    yield Step(
        "business", "Business profile", f"{business or 'No name yet'}; {facts}.", how
    )
    yield Step(
        "persona",
        "Persona",
        f"{', '.join(filter(None, (persona.name, persona.role)))}."
        f" {persona.toneOverride[:1].upper()}{persona.toneOverride[1:]}.",
        how,
    )
    parts = [
        "Opening",
        _count(len(book.qualificationFlow), "discovery question"),
        _count(len(book.scripts), "script"),
        _count(len(book.objectionHandlers), "objection"),
        _count(len(persona.callerPersonas), "caller type"),
    ]
    yield Step("playbook", "Playbook", f"{', '.join(parts)}.", how)
    known = catalogue.load().languages
    names = [
        known[tag].name if tag in known else tag for tag in config.supported_languages
    ]
    yield Step("languages", "Languages", f"{', '.join(names)}.", how)


def _read_detail(brief: Brief) -> str:
    labels = {
        "company_name": "the name",
        "opening_hours": "opening hours",
        "phone": "a telephone number",
        "address": "the address",
        "website": "the website",
        "services": "services",
    }
    found = [labels[id] for id in brief.found()]
    found += ["languages"] * bool(brief.languages) + ["the tone"] * bool(brief.tone)
    found += ["what to ask"] * bool(brief.assignment.asks)
    found += ["whom to hand over to"] * bool(brief.assignment.hand_over)
    return (
        f"Found {', '.join(found)}." if found else "No names, hours or numbers in it."
    )


def _voice_detail(stack: Stack) -> str:
    if all(choice.is_offline for choice in stack.choices):
        return "The offline set of this server; no key needed."
    return (
        f"{', '.join(f'{c.provider_name} {c.model}'.strip() for c in stack.choices)}."
    )


def _blockers(stack: Stack) -> tuple[str, ...]:
    return tuple(f"{n.title}." for n in stack.notices if n.severity == "blocker")


def _checks_detail(stack: Stack, made: Draft) -> str:
    said = [f"{notice.title}." for notice in stack.notices]
    if made.missing:
        asked = gallery.find(made.template)
        headers = [q.header for q in asked.setupQuestions if q.id in made.missing]
        said.append(f"Still to say: {', '.join(headers)}.")
    return " ".join(filter(None, [*(said or ["Ready to talk to."]), made.note]))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
