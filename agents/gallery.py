"""Templates to begin an agent with: one checked JSON file each, in ``template_data``."""

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import Field, ValidationError

from agents import config as configs
from agents import setup_questions
from agents.config import AgentConfig
from agents.config.part import Line, Name, Part
from agents.setup_questions import Answers, SetupQuestion
from common.errors import NotFound

DATA = Path(__file__).parent / "template_data"
GENERAL = "general-receptionist"  # taken when no keyword is met
_ANY_WORD = re.compile(r"[^\w]+")


class Broken(ValueError):
    """A template is wrong; the message names the file and each key."""


class Template(Part):
    """A way to begin."""

    id: Name = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    label: Name = Field(min_length=1)
    icon: Name = Field(min_length=1)  # of static/img/icons.svg
    color: Literal["agent", "warm", "grey"] = "agent"
    description: Line = Field(min_length=1)
    brief: Line = Field(min_length=1)  # what one could have written to get it
    matchKeywords: list[Line] = Field(default_factory=list)
    knowledgeBaseHints: list[Line] = Field(default_factory=list)
    setupQuestions: list[SetupQuestion] = Field(default_factory=list)
    defaults: dict[str, Any]  # a configuration, checked by ``load``

    def question(self, id: str) -> SetupQuestion | None:
        """Return one of its questions."""
        return next((each for each in self.setupQuestions if each.id == id), None)

    def configure(self, answers: Answers) -> AgentConfig:
        """Make a configuration of the template and the answers."""
        document = setup_questions.apply(
            configs.parse(self.defaults).document(), self.setupQuestions, answers
        )
        return configs.parse(document)

    def missing(self, answers: Answers) -> list[str]:
        """Return the ids of required questions without an answer."""
        return setup_questions.missing(self.setupQuestions, answers)

    def score(self, description: str) -> int:
        """Count the keywords that a description holds; longer ones count for more."""
        said = f" {_plain(description)} "
        found = [word for word in self.matchKeywords if f" {_plain(word)} " in said]
        return sum(len(word.split()) * 2 - 1 for word in found)


@cache
def load() -> dict[str, Template]:
    """Read and check every template, once a process; keyed by id, sorted by label."""
    templates = [read(path) for path in sorted(DATA.glob("*.json"))]
    return {each.id: each for each in sorted(templates, key=lambda t: t.label)}


def find(id: str) -> Template:
    """Return a template."""
    try:
        return load()[id]
    except KeyError:
        raise NotFound(f"There is no template called {id}.") from None


def match(description: str) -> Template:
    """Return the template that fits a description best; the general one if none does."""
    templates = load()
    best = max(templates.values(), key=lambda each: each.score(description))
    return best if best.score(description) else templates[GENERAL]


def read(path: Path) -> Template:
    """Read and check one file; raise ``Broken`` naming it and every wrong key."""
    try:
        template = Template.model_validate(orjson.loads(path.read_bytes()))
    except orjson.JSONDecodeError as error:
        raise Broken(f"{path.name}: not JSON: {error}") from None
    except ValidationError as error:
        raise Broken(_told(path, error)) from None
    wrong = _wrong_in(template, path)
    if wrong:
        raise Broken("; ".join(f"{path.name}: {each}" for each in wrong))
    return template


def _wrong_in(template: Template, path: Path) -> list[str]:
    try:
        document = configs.parse(template.defaults).document()
    except configs.Invalid as invalid:
        return [f"defaults.{each.path}: {each.message}" for each in invalid.problems]
    wrong = []
    if template.id != path.stem:
        wrong.append(f"id: {template.id} is not the file's name")
    ids = [question.id for question in template.setupQuestions]
    wrong += [
        f"setupQuestions: {twice} twice"
        for twice in sorted({id for id in ids if ids.count(id) > 1})
    ]
    for number, question in enumerate(template.setupQuestions):
        at = f"setupQuestions.{number}"
        other = question.dependsOn
        if other and other.id not in ids[:number]:
            wrong.append(f"{at}.dependsOn.id: no earlier question {other.id}")
        wrong += [
            f"{at}.writes.{index}: {told}"
            for index, write in enumerate(question.writes)
            if (told := _wrong_write(write, document))
        ]
    return wrong


def _wrong_write(write: setup_questions.Write, document: dict[str, Any]) -> str:
    if write.kind == "opener-template":
        token = f"{{{write.token}}}"
        return "" if token in document["playbook"]["opener"] else f"no {token} there"
    try:
        holder, leaf = setup_questions.place(document, write.key)
    except KeyError:
        return f"there is no setting {write.key}"
    if write.kind == "replace" and not isinstance(holder[leaf], list):
        return f"{write.key} is no list"
    return ""


def _told(path: Path, error: ValidationError) -> str:
    return "; ".join(
        f"{path.name}: {'.'.join(str(step) for step in found['loc'])}: {found['msg']}"
        for found in error.errors()
    )


def _plain(text: str) -> str:
    return _ANY_WORD.sub(" ", text.lower()).strip()
