"""Form fields out of the typed configuration: kind, words, range, and reading back.

A field's name in a form is its path in the document. A list of parts becomes rows: the
hidden inputs named by the list's path hold the rows' keys in their order, and a row's
fields are named ``path.key.field``, so rows can move without being numbered anew.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen
from django.http import QueryDict
from pydantic import StringConstraints
from pydantic.fields import FieldInfo

from agents import authoring
from agents.config import AgentConfig, Problem
from agents.config.part import Part
from agents.studio.wording import CHOICES, WORDS, Words

Kind = Literal["line", "text", "lines", "number", "switch", "choice", "json", "rows"]
LONG = 1_000  # characters: longer ones get a box instead of a line
IS_LABEL = "name"  # the one path that is not in the document


@dataclass(frozen=True, slots=True)
class Spec:
    """What the configuration says about one field."""

    path: str
    kind: Kind
    words: Words
    minimum: float | None = None
    maximum: float | None = None
    is_whole: bool = False
    is_optional: bool = False  # empty means: not set
    limit: int | None = None  # of characters, or of entries
    choices: tuple[tuple[str, str, str], ...] = ()  # value, name, what it does
    row: tuple["Spec", ...] = ()  # fields of one row, paths within it

    @property
    def range(self) -> str:
        """The allowed numbers in words, or ""."""
        if self.minimum is None or self.maximum is None:
            return ""
        return f"{self.minimum:,g} to {self.maximum:,g}"


@dataclass(frozen=True, slots=True)
class Control:
    """A field as it is drawn."""

    spec: Spec
    name: str
    value: Any
    rows: list["Row"] = field(default_factory=list)
    blank: "Row | None" = None  # what a new row looks like

    @property
    def id(self) -> str:
        """Its id in the page."""
        return "f-" + self.name.replace(".", "-")


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a list of parts."""

    key: str
    was: str  # the stored entry as JSON: what the form does not show is kept
    controls: list[Control]


@dataclass
class Typed:
    """What a form brought: values by path, and what could not be read at all."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)  # by input name
    names: dict[str, str] = field(default_factory=dict)  # path in the document → input


@cache
def spec(path: str) -> Spec:
    """Describe the field at a path of the configuration."""
    if path == IS_LABEL:
        return Spec(path, "line", WORDS[path], limit=120)
    model: type[Part] = AgentConfig
    *parents, leaf = path.split(".")
    for step in parents:
        model = _plain(model.model_fields[step].annotation)[0]
    return _describe(path, model.__name__, leaf, model.model_fields[leaf])


def _describe(path: str, owner: str, name: str, info: FieldInfo) -> Spec:
    kept, limits = _plain(info.annotation), [*info.metadata]
    annotation, optional, more = kept
    limits += more
    # A part that stands alone has short paths, which mean other things at the top.
    at_top = owner == "AgentConfig" or "." in path
    words = (WORDS.get(path) if at_top else None) or WORDS.get(f"{owner}.{name}")
    words = words or Words()
    words = words.over(info.title or name, info.description or "")
    kind = _kind(annotation, limits)
    item = _plain(get_args(annotation)[0])[0] if kind == "rows" else None
    return Spec(
        path=path,
        kind=kind,
        words=words,
        minimum=_limit(limits, Ge, "ge"),
        maximum=_limit(limits, Le, "le"),
        is_whole=annotation is int,
        is_optional=optional,
        limit=_longest(limits),
        choices=_choices(path, owner, name, annotation),
        row=_row(item) if item else (),
    )


def _row(model: type[Part]) -> tuple[Spec, ...]:
    return tuple(
        _describe(name, model.__name__, name, info)
        for name, info in model.model_fields.items()
        if f"{model.__name__}.{name}" not in HIDDEN
    )


# Parts of a row that only the API sets.
HIDDEN = {
    f"Variable.{name}"
    for name in ("metadataKey", "acquisition", "origin", "systemAlias")
}


def _plain(annotation: Any) -> tuple[Any, bool, list[Any]]:
    """Take ``Annotated`` and ``| None`` off; return type, optional, constraints."""
    optional, limits = False, []
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            limits += more
        elif get_origin(annotation) in (Union, UnionType):
            optional = True
            annotation = next(a for a in get_args(annotation) if a is not NoneType)
        else:
            return annotation, optional, limits


def _kind(annotation: Any, limits: list[Any]) -> Kind:
    if annotation is bool:
        return "switch"
    if annotation in (int, float):
        return "number"
    if get_origin(annotation) is Literal:
        return "choice"
    if get_origin(annotation) is dict:
        return "json"
    if get_origin(annotation) is list:
        item = _plain(get_args(annotation)[0])[0]
        return "rows" if issubclass(item, Part) else "lines"
    return "text" if (_longest(limits) or 0) > LONG else "line"


def _limit(limits: list[Any], kind: type, name: str) -> float | None:
    return next((getattr(m, name) for m in limits if isinstance(m, kind)), None)


def _longest(limits: list[Any]) -> int | None:
    for limit in limits:
        if isinstance(limit, MaxLen | StringConstraints) and limit.max_length:
            return limit.max_length
    return None


def _choices(
    path: str, owner: str, name: str, annotation: Any
) -> tuple[tuple[str, str, str], ...]:
    if get_origin(annotation) is not Literal:
        return ()
    told = CHOICES.get(path) or CHOICES.get(f"{owner}.{name}") or {}
    return tuple(
        (value, *told.get(value, (value.replace("_", " ").capitalize(), "")))
        for value in get_args(annotation)
    )


# ---- drawing


def stored(path: str, document: Mapping[str, Any], label: str) -> Any:
    """Return what is stored at ``path``."""
    return label if path == IS_LABEL else authoring.get(document, path)


def control(path: str, document: Mapping[str, Any], label: str) -> Control:
    """Return the field at ``path`` with what is stored in it."""
    return _control(spec(path), path, stored(path, document, label))


def _control(described: Spec, name: str, value: Any) -> Control:
    if described.kind == "rows":
        rows = [_entry(described, name, str(i), entry) for i, entry in enumerate(value)]
        return Control(
            described, name, value, rows, _entry(described, name, "__key__", {})
        )
    if described.kind == "lines":
        value = "\n".join(value or ())
    elif described.kind == "json":
        value = json.dumps(value, indent=2, ensure_ascii=False) if value else ""
    elif described.kind == "number" and value is not None:
        value = f"{value:g}"
    return Control(described, name, "" if value is None else value)


def _entry(described: Spec, name: str, key: str, entry: Mapping[str, Any]) -> Row:
    return Row(
        key,
        json.dumps(entry, ensure_ascii=False),
        [
            _control(
                part, f"{name}.{key}.{part.path}", entry.get(part.path, _empty(part))
            )
            for part in described.row
        ],
    )


def _empty(part: Spec) -> Any:
    if part.kind == "lines":
        return []
    if part.kind == "switch":
        return True
    return part.choices[0][0] if part.choices else ""


# ---- reading


def read(paths: Iterable[str], data: QueryDict) -> Typed:
    """Read a section's whole form, as it was typed."""
    typed = Typed()
    for path in paths:
        described = spec(path)
        typed.names[path] = path
        if described.kind == "rows":
            typed.values[path] = _read_rows(described, data, typed)
        elif described.kind == "switch" or path in data:  # radios may send nothing
            value = _read(described, path, data, typed)
            if path not in typed.problems:
                typed.values[path] = value
    return typed


def _read(described: Spec, name: str, data: QueryDict, typed: Typed) -> Any:
    if described.kind == "switch":
        return name in data
    raw = data.get(name, "").replace("\r\n", "\n").strip()
    if described.kind == "lines":
        return [line.strip() for line in raw.split("\n") if line.strip()]
    if described.kind == "json":
        return _read_json(raw, name, typed)
    if raw == "" and (described.is_optional or described.kind == "number"):
        return None
    return _number(raw) if described.kind == "number" else raw


def _number(raw: str) -> float | int | str:
    """Return the number, or the text as it is for the configuration to refuse."""
    try:
        number = float(raw.replace(",", "."))
    except ValueError:
        return raw
    return int(number) if number.is_integer() else number


def _read_json(raw: str, name: str, typed: Typed) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except json.JSONDecodeError as error:
        typed.problems[name] = (
            f"Line {error.lineno}, column {error.colno}: {error.msg}."
        )
        return None


def _read_rows(described: Spec, data: QueryDict, typed: Typed) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for key in data.getlist(described.path):
        stem = f"{described.path}.{key}"
        shown = {
            part.path: _read(part, f"{stem}.{part.path}", data, typed)
            for part in described.row
        }
        was = _was(data.get(f"{stem}._was", ""))
        if not was and not any(
            _says_something(p, shown[p.path]) for p in described.row
        ):
            continue  # a row that was added and not filled in yet
        for part in described.row:
            index = f"{described.path}.{len(entries)}.{part.path}"
            typed.names[index] = f"{stem}.{part.path}"
        entries.append({**was, **shown})
    return entries


def _was(raw: str) -> dict[str, Any]:
    try:
        was = json.loads(raw or "{}")
    except json.JSONDecodeError:
        return {}
    return was if isinstance(was, dict) else {}


def _says_something(part: Spec, value: Any) -> bool:
    return part.kind not in ("switch", "choice") and value not in ("", None, [])


# ---- parts that stand alone, such as one tool's settings


def form(model: type[Part], values: Mapping[str, Any]) -> list[Control]:
    """Return a part's fields with the values that are there, defaults elsewhere."""
    controls = []
    # What a part is called comes first, wherever it was inherited from.
    named = sorted(model.model_fields.items(), key=lambda each: each[0] != "name")
    for name, info in named:
        described = _describe(name, model.__name__, name, info)
        default = info.get_default(call_default_factory=True, validated_data={})
        value = values.get(name, None if info.is_required() else default)
        if value is None and described.kind in ("rows", "lines"):
            value = []
        controls.append(_control(described, name, value))
    return controls


def read_form(
    model: type[Part], data: QueryDict, *, only: set[str] | None = None
) -> Typed:
    """Read a part's form; ``only`` these fields, where others are not shown."""
    typed = Typed()
    for name, info in model.model_fields.items():
        if only is not None and name not in only:
            continue
        described = _describe(name, model.__name__, name, info)
        if described.kind == "rows":
            typed.values[name] = _read_rows(described, data, typed)
        else:
            typed.values[name] = _read(described, name, data, typed)
    return typed


# ---- saying what is wrong


def mend(problem: Problem, typed: Typed) -> tuple[str, str]:
    """Return the input a problem belongs to, and a sentence that names the mend."""
    path, entry = problem.path, ""
    if path == "config":  # of the whole document: the message begins with the path
        path = problem.message.split(" ", 1)[0]
    while path and path not in typed.names:  # "knowledgeBase.3" belongs to its list
        path, _, entry = path.rpartition(".")
    if not path:
        return "", f"{problem.path}: {problem.message}"
    described = _spec_of(path)
    line = (
        f"Line {int(entry) + 1}: "
        if entry.isdigit() and described.kind == "lines"
        else ""
    )
    return typed.names[path], line + _sentence(described, problem.message)


def _spec_of(path: str) -> Spec:
    head, _, tail = path.rpartition(".")
    stem, _, index = head.rpartition(".")
    if not index.isdigit():
        return spec(path)
    return next(part for part in spec(stem).row if part.path == tail)


def _sentence(described: Spec, message: str) -> str:
    if described.kind == "number" and described.range:
        kind = "whole number" if described.is_whole else "number"
        return f"Give a {kind} from {described.range}."
    if "pattern" in message:
        return described.words.pattern
    if "at most" in message and described.limit and described.kind in ("line", "text"):
        return f"Shorten it to {described.limit:,} characters."
    return message[:1].upper() + message[1:].rstrip(".") + "."
