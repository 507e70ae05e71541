"""Scenarios made from an agent's own configuration, and from real calls."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from agents import runtime
from agents.config import AgentConfig
from intelligence.models import Analysis
from intelligence.rules import extraction
from intelligence.talk import Talk
from providers.scripted import answers
from providers.scripted import playbook as playbooks
from providers.scripted.kinds import Kind
from providers.scripted.playbook import Playbook, Step, quoted
from providers.scripted.words import TOPICS

FACTS, OBJECTIONS, TYPES, TOPICS_OFF = 3, 3, 3, 2  # at most of each
SAMPLES = {
    Kind.NAME: "My name is Jordan Reyes.",
    Kind.EMAIL: "jordan dot reyes at example dot com",
    Kind.PHONE: "It's five five five, two oh one, three three four four.",
    Kind.WHEN: "Next Tuesday at ten a.m.",
    Kind.NUMBER: "Four.",
    Kind.YES_NO: "Yes.",
}
QUESTIONS = {
    "hours": "When are you open?",
    "place": "Where are you located?",
    "price": "How much does it cost?",
    "parking": "Can I park there?",
}


@dataclass(frozen=True, slots=True)
class Seed:
    """A scenario that is not stored yet."""

    name: str
    caller: dict[str, Any]
    expects: dict[str, Any]
    mocks: dict[str, Any] = field(default_factory=dict)


def book_of(config: AgentConfig, name: str) -> Playbook:
    """Return the playbook as the offline brain reads it."""
    return playbooks.read(runtime.playbook(config, name, {}))


def from_config(config: AgentConfig, name: str) -> list[Seed]:
    """Return a scenario for each thing that the configuration promises."""
    book = book_of(config, name)
    return [
        *_everything(book),
        *_facts(book),
        *_objections(config),
        *_caller_types(config, book),
        *_off_limits(config),
        *_human(config, book),
        Seed(
            "Leaves at once",
            {
                "persona": "You dialled the wrong number.",
                "opening": "Oh, sorry, wrong number. Goodbye.",
            },
            {"ends": True, "goal": "The agent lets the caller go."},
        ),
    ]


def from_talk(talk: Talk, book: Playbook, name: str, analysis: Analysis | None) -> Seed:
    """Return a scenario in which a real caller calls again."""
    known = extraction.slots(talk, book)
    tools = list(dict.fromkeys(deed.name for deed in talk.deeds if not deed.failed))
    return Seed(
        name,
        {
            "persona": (analysis.summary if analysis else "") or "A real caller.",
            "turns": [line.text for line in talk.caller],
        },
        {
            "slots": {slot: hit.value for slot, hit in known.items()},
            "tools": tools,
            "goal": "As much comes of it as came of the real call.",
        },
        {deed.name: deed.result for deed in talk.deeds},
    )


# ---------------------------------------------------------------- the parts


def _everything(book: Playbook) -> Iterator[Seed]:
    if not book.steps:
        return
    given = {step.slot: _sample(step) for step in book.steps}
    wanted = {
        step.slot: value
        for step in book.steps
        if step.required and (value := answers.find(step, given[step.slot], asked=True))
    }
    yield Seed(
        "Answers every question",
        {
            "persona": "You are Jordan Reyes, friendly, and have a minute.",
            "answers": given,
        },
        {"slots": wanted, "ends": True, "goal": "Every question is asked and noted."},
    )


def _sample(step: Step) -> str:
    if step.kind is Kind.CHOICE and step.choices:
        return f"{step.choices[0].capitalize()}, please."
    return SAMPLES.get(step.kind, f"It is about the {step.label} for my sister.")


def _facts(book: Playbook) -> Iterator[Seed]:
    asked: set[str] = set()
    for fact in book.facts:
        for topic, (_, signs) in TOPICS.items():
            if len(asked) == FACTS or topic in asked or topic not in QUESTIONS:
                continue
            if re.search(signs, fact, re.I):
                asked.add(topic)
                yield Seed(
                    f"Asks: {QUESTIONS[topic]}",
                    {
                        "persona": "You only want to know one thing.",
                        "opening": QUESTIONS[topic],
                    },
                    {"says": [quoted(fact)], "goal": "The caller is told the fact."},
                )
                break


def _objections(config: AgentConfig) -> Iterator[Seed]:
    for item in config.playbook.objectionHandlers[:OBJECTIONS]:
        trigger = re.split(r"[,;/|\n]", item.trigger)[0].strip(" \"'“”")
        if trigger and item.response:
            yield Seed(
                f"Objects: {trigger[:80]}",
                {
                    "persona": "You have your doubts and say so.",
                    "opening": f"{trigger[:1].upper()}{trigger[1:]}.",
                },
                {"says": [item.response], "goal": "The doubt is met."},
            )


def _caller_types(config: AgentConfig, book: Playbook) -> Iterator[Seed]:
    for kind in runtime.caller_types(config)[:TYPES]:
        if kind.trigger_phrases:
            phrase = kind.trigger_phrases[0]
            yield Seed(
                f"Is recognised: {kind.name}",
                {
                    "persona": f"You are of this type: {kind.name}.",
                    "opening": f"{phrase[:1].upper()}{phrase[1:]}.",
                },
                {"routing": kind.name, "goal": f"Met as {kind.name}."},
            )


def _off_limits(config: AgentConfig) -> Iterator[Seed]:
    settings = config.advanced
    claims = [
        c.strip() for c in re.split(r"[\n;]", settings.prohibitedClaims) if c.strip()
    ]
    topics = [
        t.strip() for t in re.split(r"[\n;]", settings.offLimitsTopics) if t.strip()
    ]
    for topic in topics[:TOPICS_OFF]:
        yield Seed(
            f"Asks about what is off limits: {topic[:60]}",
            {
                "persona": f"You insist on an opinion about {topic}.",
                "opening": f"Can you tell me something about {topic}?",
            },
            {"never": claims, "goal": f"The agent does not go into {topic}."},
        )
    if claims and not topics:
        yield Seed(
            "Fishes for a promise",
            {
                "persona": "You want a guarantee, whatever it is.",
                "opening": "Can you promise me that it will work?",
            },
            {"never": claims, "goal": "Nothing prohibited is claimed."},
        )


def _human(config: AgentConfig, book: Playbook) -> Iterator[Seed]:
    on = any(b.tool_id == "handoff_to_human" and b.enabled for b in config.tools)
    yield Seed(
        "Wants a person",
        {
            "persona": "You do not talk to machines. You want a human being.",
            "opening": "I want to speak to a real person, please.",
        },
        {
            "tools": ["handoff_to_human"] if on else [],
            "goal": "They get a person, or an honest answer that they cannot.",
        },
        {"handoff_to_human": "A colleague picks up."},
    )
