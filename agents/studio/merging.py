"""Two people, one form: what to save, and where they collide. Pure.

A form carries the values it was drawn with (its base). Only what differs from the base
was typed by this person; where the draft differs from the base too, somebody else was
faster.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Merge:
    """What a form means for the draft as it is."""

    changes: dict[str, Any]  # to be saved
    conflicts: tuple[str, ...]  # typed here, and changed elsewhere meanwhile
    moved: tuple[str, ...]  # changed elsewhere only: the form shows old values


def merge(
    typed: Mapping[str, Any], base: Mapping[str, Any], draft: Mapping[str, Any]
) -> Merge:
    """Compare three states of the same paths; without a base the draft stands in."""
    changes: dict[str, Any] = {}
    conflicts, moved = [], []
    for path, value in typed.items():
        drawn, stored = base.get(path, draft[path]), draft[path]
        was_moved = not same(stored, drawn)
        if same(value, drawn):
            if was_moved:
                moved.append(path)
        elif was_moved and not same(value, stored):
            conflicts.append(path)
        else:
            changes[path] = value
    return Merge(changes, tuple(conflicts), tuple(moved))


def same(one: Any, other: Any) -> bool:
    """Tell whether two values look the same in a form."""
    return bool(_seen(one) == _seen(other))


def _seen(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if isinstance(value, list):
        return [_seen(item) for item in value]
    if isinstance(value, dict):
        return {key: _seen(item) for key, item in value.items()}
    return value
