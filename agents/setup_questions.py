"""What a template asks before it becomes an agent, and where the answers go."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Literal

from pydantic import Field, model_validator

from agents.config.part import Identifier, Line, Name, Part, Text

Answer = str | Sequence[str]
Answers = Mapping[str, Answer]


class Option(Part):
    """One answer to choose."""

    label: Name
    description: Line = ""


class Write(Part):
    """Where an answer goes.

    ``set`` puts it at ``key`` (a dotted path of the configuration), ``append`` adds it
    to the list or the text there, ``replace`` puts a list of all chosen answers there,
    ``append-csv`` adds it to a comma-separated line, ``opener-template`` puts it in
    place of ``{token}`` in the opening line. ``text`` wraps the answer: "We are open
    {answer}."
    """

    kind: Literal["set", "append", "replace", "append-csv", "opener-template"]
    key: Line = ""
    token: Name = ""
    text: Text = "{answer}"

    @model_validator(mode="after")
    def _know_where(self) -> "Write":
        wanted = "token" if self.kind == "opener-template" else "key"
        if not getattr(self, wanted):
            raise ValueError(f"{self.kind} needs a {wanted}")
        if "{answer}" not in self.text:
            raise ValueError("text must hold {answer}")
        return self


class Dependency(Part):
    """Ask only when another question was answered so."""

    id: Identifier
    equals: Line


class SetupQuestion(Part):
    """A question of a template."""

    id: Identifier
    header: Name
    question: Line = Field(min_length=1)
    helper: Line = ""
    options: list[Option] = Field(default_factory=list, max_length=12)
    multiSelect: bool = False
    writes: list[Write] = Field(min_length=1)
    defaultValue: Line | None = None
    allowFreeText: bool = False
    placeholder: Line = ""
    required: bool = False
    dependsOn: Dependency | None = None

    @model_validator(mode="after")
    def _can_be_answered(self) -> "SetupQuestion":
        if not self.options and not self.allowFreeText:
            raise ValueError("give options, or allow free text")
        if self.multiSelect and not self.options:
            raise ValueError("multiSelect needs options")
        labels = [option.label for option in self.options]
        if self.defaultValue and not self.allowFreeText:
            unknown = set(self.chosen({self.id: self.defaultValue})) - set(labels)
            if unknown:
                raise ValueError(f"defaultValue {min(unknown)} is no option")
        return self

    def chosen(self, answers: Answers) -> list[str]:
        """Return what was answered, else the default; empty when neither is there."""
        given = answers.get(self.id) or self.defaultValue or ""
        parts = given.split("\n") if isinstance(given, str) else list(given)
        return [part.strip() for part in parts if part.strip()]

    def applies(self, answers: Answers, questions: Mapping[str, Any]) -> bool:
        """Tell whether the question is asked at all."""
        if self.dependsOn is None:
            return True
        other = questions[self.dependsOn.id]
        return self.dependsOn.equals in other.chosen(answers)


def apply(
    document: Mapping[str, Any], questions: Sequence[SetupQuestion], answers: Answers
) -> dict[str, Any]:
    """Return the configuration with the answers written into it."""
    written = deepcopy(dict(document))
    by_id = {question.id: question for question in questions}
    for question in questions:
        chosen = question.chosen(answers)
        if chosen and question.applies(answers, by_id):
            for write in question.writes:
                _write(written, write, chosen)
    return written


def missing(questions: Sequence[SetupQuestion], answers: Answers) -> list[str]:
    """Return the ids of required questions without an answer."""
    by_id = {question.id: question for question in questions}
    return [
        question.id
        for question in questions
        if question.required
        and question.applies(answers, by_id)
        and not question.chosen(answers)
    ]


def _write(document: dict[str, Any], write: Write, chosen: list[str]) -> None:
    said = _listed(chosen)
    if write.kind == "opener-template":
        book = document["playbook"]
        book["opener"] = book["opener"].replace(
            f"{{{write.token}}}", write.text.replace("{answer}", said)
        )
        return
    holder, leaf = place(document, write.key)
    now = holder[leaf]
    if write.kind == "replace":
        holder[leaf] = [write.text.replace("{answer}", each) for each in chosen]
    elif write.kind == "append-csv":
        holder[leaf] = ", ".join(filter(None, [now, *chosen]))
    elif write.kind == "append" and isinstance(now, list):
        holder[leaf] = [*now, write.text.replace("{answer}", said)]
    elif write.kind == "append":
        holder[leaf] = "\n".join(
            filter(None, [now, write.text.replace("{answer}", said)])
        )
    else:
        holder[leaf] = write.text.replace("{answer}", said)


def place(document: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """Return the part of the document that holds a dotted path, and the last step."""
    *parents, leaf = path.split(".")
    holder: Any = document
    for step in parents:
        holder = holder.get(step) if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or leaf not in holder:
        raise KeyError(path)
    return holder, leaf


def _listed(chosen: list[str]) -> str:
    """Say several as people do: "a, b and c"."""
    if len(chosen) < 2:
        return "".join(chosen)
    return f"{', '.join(chosen[:-1])} and {chosen[-1]}"
