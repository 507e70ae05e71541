"""Agents as lists show them. Their documents are long and seldom change, so what is
shown of one is written once a process and found again by the draft's revision."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from agents import config as configs
from agents import payload
from agents.models import Agent

MEMORY = 32_000_000  # bytes of documents that one process keeps
COLUMNS = (
    "id",
    "name",
    "template",
    "revision",
    "published_id",
    "published__created_at",
    "created_at",
    "updated_at",
)
Stamp = tuple[UUID, int, Any]  # agent, revision, when it was made

_kept: OrderedDict[Stamp, bytes] = OrderedDict()
_lock = Lock()


def rows(agents: QuerySet[Agent]) -> QuerySet[Agent, dict[str, Any]]:
    """Read what changes; no documents, and no models."""
    found: QuerySet[Agent, dict[str, Any]] = agents.values(*COLUMNS)
    return found


def shown(found: Sequence[dict[str, Any]]) -> list[orjson.Fragment]:
    """Return ``rows`` as JSON. Reads the documents that this process does not know."""
    documents = _documents({_stamp(row) for row in found})
    # Both are objects: the braces between them go.
    return [
        orjson.Fragment(
            documents[_stamp(row)][:-1] + b"," + orjson.dumps(_beside(row))[1:]
        )
        for row in found
        if _stamp(row) in documents  # else its workspace was deleted meanwhile
    ]


def _stamp(row: dict[str, Any]) -> Stamp:
    return row["id"], row["revision"], row["updated_at"]


def _beside(row: dict[str, Any]) -> dict[str, Any]:
    return payload.beside(
        agent=row["id"],
        name=row["name"],
        template=row["template"],
        published=row["published_id"],
        published_at=row["published__created_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _documents(wanted: set[Stamp]) -> dict[Stamp, bytes]:
    with _lock:
        found = {stamp: _kept[stamp] for stamp in wanted if stamp in _kept}
        for stamp in found:
            _kept.move_to_end(stamp)
    missing = {stamp[0]: stamp for stamp in wanted - found.keys()}
    if missing:
        made = _made(missing)
        with _lock:
            _kept.update(made)
            size = sum(map(len, _kept.values()))
            while size > MEMORY:
                size -= len(_kept.popitem(last=False)[1])
        found |= made
    return found


def _made(missing: dict[UUID, Stamp]) -> dict[Stamp, bytes]:
    """Write documents down. One that changed since its row was read is newer than its
    stamp says, which the next row's stamp mends."""
    defaults = configs.defaults().document()
    texts = Agent.objects.filter(pk__in=missing).values_list(
        "pk",
        Cast("config", TextField()),  # parsed quicker by us
    )
    return {
        missing[pk]: orjson.dumps(payload.settings(defaults | orjson.loads(text)))
        for pk, text in texts
    }
