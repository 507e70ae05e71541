"""Saving a form that saves itself: what is right is kept, what is wrong is named.

One wrong field keeps only itself from being saved. Two people who change different
fields both win; on the same field the second is told, and chooses.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from agents import authoring
from agents import config as configs
from agents.models import Agent, Change
from agents.studio import fields, merging
from agents.studio.fields import Typed

ATTEMPTS = 4  # against somebody who saves at the same moment


@dataclass
class Outcome:
    """What became of a form."""

    saved: list[Change] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)  # by input name
    conflicts: list["Conflict"] = field(default_factory=list)
    moved: tuple[str, ...] = ()  # the form shows old values of these
    base: dict[str, Any] = field(default_factory=dict)  # for the next save


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that two people changed."""

    path: str
    theirs: str  # in words, where it is short
    who: str


def save(
    agent: Agent,
    typed: Typed,
    *,
    base: Mapping[str, Any],
    mine: str = "",
    by: User,
) -> Outcome:
    """Merge a form into the draft; ``mine`` is a path whose conflict is decided."""
    for attempt in range(ATTEMPTS):
        draft = _stored(agent, typed.values)
        drawn = {**base, mine: draft[mine]} if mine in draft else base
        merge = merging.merge(typed.values, drawn, draft)
        outcome = Outcome(problems=dict(typed.problems), moved=merge.moved)
        try:
            _edit(agent, merge.changes, typed, outcome, by)
            break
        except authoring.Stale:
            if attempt == ATTEMPTS - 1:
                raise
            agent.refresh_from_db()
    agent.refresh_from_db(fields=["name", "config", "revision", "updated_at"])
    now = _stored(agent, typed.values)
    outcome.conflicts = [_conflict(agent, path, now[path]) for path in merge.conflicts]
    # What was not typed, or not taken, still looks in the form as it was drawn.
    outcome.base = {
        path: now[path]
        if path in merge.changes and not _is_wrong(path, outcome)
        else drawn.get(path, draft[path])
        for path in typed.values
    }
    return outcome


def read_base(raw: str) -> dict[str, Any]:
    """Read what the form was drawn with; nothing for what cannot be read."""
    try:
        base = json.loads(raw or "{}")
    except json.JSONDecodeError:
        return {}
    return base if isinstance(base, dict) else {}


def _edit(
    agent: Agent, changes: Mapping[str, Any], typed: Typed, outcome: Outcome, by: User
) -> None:
    left = dict(changes)
    while left:
        try:
            outcome.saved = authoring.edit(
                agent, changes=left, by=by, revision=agent.revision, typing=True
            )
            return
        except configs.Invalid as invalid:
            for problem in invalid.problems:
                name, sentence = fields.mend(problem, typed)
                outcome.problems[name] = sentence
            wrong = {path for path in left if _is_wrong(path, outcome)}
            if not wrong:
                return
            left = {path: left[path] for path in left.keys() - wrong}


def _is_wrong(path: str, outcome: Outcome) -> bool:
    return any(n == path or n.startswith(f"{path}.") for n in outcome.problems)


def _stored(agent: Agent, paths: Iterable[str]) -> dict[str, Any]:
    document = configs.parse(agent.config).document()
    return {path: fields.stored(path, document, agent.name) for path in paths}


def _conflict(agent: Agent, path: str, stored: Any) -> Conflict:
    last = (
        agent.changes.filter(field_path=path)
        .select_related("changed_by")
        .order_by("-created_at")
        .first()
    )
    short = isinstance(stored, str | int | float) and not isinstance(stored, bool)
    return Conflict(
        path,
        str(stored)[:200] if short else "",
        last.changed_by.spoken_name if last and last.changed_by else "Somebody",
    )
