"""The log of changes as people read it."""

from dataclasses import dataclass
from typing import Any

from agents.models import Agent, Change, Snapshot
from agents.studio import fields
from agents.studio.sections import BY_NAME, titled
from common import ids

PAGE = 40
# Paths that no form of the editor shows under their own name.
LABELS = {
    "language": "Primary language",
    "supported_languages": "Languages",
    "voice": "Voice",
    "stt_provider": "Speech recognition",
    "stt_model": "Recognition model",
    "stt_fallback_provider": "Fallback for speech recognition",
    "stt_fallback_model": "Fallback recognition model",
    "llm_provider": "Language model’s provider",
    "llm_model": "Language model",
    "llm_fallback_provider": "Fallback for the language model",
    "llm_fallback_model": "Fallback language model",
    "tts_provider": "Voice engine",
    "tts_model": "Voice model",
    "tts_fallback_provider": "Fallback for the voice engine",
    "tts_fallback_model": "Fallback voice model",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One change, or the moment a version went live."""

    change: Change | None
    snapshot: Snapshot | None
    label: str = ""
    section: str = ""
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, newest first, and where the older ones begin."""

    entries: list[Entry]
    older: str


def page(agent: Agent, before: str) -> Page:
    """Read a page of the log, with the versions that went live between its changes."""
    changes = agent.changes.select_related("changed_by").order_by("-id")
    if cursor := ids.read(before):
        changes = changes.filter(id__lt=cursor)
    found = list(changes[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    versions = agent.snapshots.select_related("published_by").order_by("-id")
    if cursor:
        versions = versions.filter(id__lt=cursor)
    if more:
        versions = versions.filter(id__gt=found[-1].id)
    entries = [entry(change) for change in found]
    entries += [Entry(None, version) for version in versions]
    # Ids of version 7 sort by time.
    entries.sort(key=lambda e: (e.change or e.snapshot).id, reverse=True)  # type: ignore[union-attr]  # one of them is there
    return Page(entries, str(found[-1].id) if more else "")


def entry(change: Change) -> Entry:
    """Put a change into words and lines."""
    return difference(change.field_path, change.before, change.after, change)


def difference(
    path: str, before: Any, after: Any, change: Change | None = None
) -> Entry:
    """Put the difference between two values of a field into lines."""
    section = titled(path)
    old, new = lines(before), lines(after)
    return Entry(
        change,
        None,
        label(path),
        section.title if section else _home(path),
        tuple(line for line in old if line not in new),
        tuple(line for line in new if line not in old),
    )


def _home(path: str) -> str:
    """Name the section of a path that no form shows under its own name."""
    name = "languages" if path in ("language", "supported_languages") else "voice"
    return BY_NAME[name].title


def label(path: str) -> str:
    """Name a field as the editor does."""
    if path in LABELS:
        return LABELS[path]
    try:
        return fields.spec(path).words.label
    except KeyError:  # logged by a version that had the field
        return path


def lines(value: Any) -> list[str]:
    """Write a value as lines that can be compared."""
    if value is None or value == "" or value == []:
        return []
    if isinstance(value, bool):
        return ["on" if value else "off"]
    if isinstance(value, list):
        return [_one_line(item) for item in value]
    if isinstance(value, dict):
        return [f"{key}: {_one_line(item)}" for key, item in value.items()]
    return str(value).splitlines()


def _one_line(value: Any) -> str:
    if isinstance(value, dict):
        told = (_one_line(item) for item in value.values())
        return " · ".join(text for text in told if text)
    if isinstance(value, list):
        return ", ".join(_one_line(item) for item in value)
    if isinstance(value, bool) or value is None:
        return ""
    return str(value)
