"""Reading sources in a worker, in turns.

A source's row is its own queue: who claims it holds a lease and renews it with every
batch; a worker that dies loses the lease, and the sweep hands the source to another.
A turn is short and few sources are read at once, so that a worker stays free for the
rest; between turns others that wait come first. Chunks are replaced in one transaction,
so a search sees the old reading or the new.

::

    pending ──claim──► indexing ──► ready ──refresh──► pending
                       │  ▲  │
                  turn ends, next turn
                          │
                          ├──► pending again, later (fetch or embedder out of order)
                          └──► failed (with the reason and how to mend it)
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Q

from agents import config as configs
from agents.knowledge import embedding, fetching, reading, sandbox, sources
from agents.knowledge.extraction import TooLong, Unreadable
from agents.knowledge.fetching import Failed
from agents.models import KnowledgeReading, KnowledgeSource, KnowledgeUpload
from agents.provider_keys import Keyring
from common import clock, crash
from common.later import later
from providers import web
from providers.errors import ProviderError
from providers.ports import Embedder

LEASE = timedelta(seconds=120)  # longer than one document takes to be read
WAITS = (10, 60, 600)  # seconds before the second, third and fourth attempt
BATCH = 32  # pieces embedded before the lease is renewed
TURN_S = 10.0  # of embedding, before others have their turn
Failure, Kind, Status = (
    KnowledgeSource.Failure,
    KnowledgeSource.Kind,
    KnowledgeSource.Status,
)

log = structlog.get_logger()


class Lost(Exception):
    """Somebody else has the lease, or the source is gone."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a source says now."""

    title: str
    text: str
    size: int  # bytes as they came


def sweep(*, now: datetime) -> int:
    """Ask for the sources that have waited longest, as many as may be read at once;
    return how many."""
    free = max(0, settings.KNOWLEDGE_READERS - _being_read(now))
    due = (
        KnowledgeSource.objects.filter(_due(now), agent__deleted_at=None)
        .order_by("next_at")
        .values_list("pk", flat=True)[:free]
    )
    found = [str(pk) for pk in due]
    for pk in found:
        later("agents.read_knowledge", source_id=pk)
    return len(found)


def read(source_id: UUID | str, *, now: datetime) -> bool:
    """Give a source a turn if it is due, and enough others are not being read; tell
    whether it had one."""
    source = _claim(source_id, now)
    if source is None:
        return False
    try:
        _read(source)
    except Lost:
        return False
    except Failed as failed:
        _fail(source, failed)
    except ProviderError as error:
        _fail(
            source,
            Failed(
                Failure.EMBEDDING_FAILED,
                f"The embedder did not work: {error}"[:300],
                again=not error.permanent,
            ),
        )
    except DatabaseError:
        log.exception("knowledge_not_stored", source=str(source_id))
        _fail(
            source,
            Failed(
                Failure.STORAGE_ERROR, "It could not be stored. Try again.", again=True
            ),
        )
    except Exception:  # whatever it was, the source must not wait for ever
        log.exception("knowledge_not_read", source=str(source_id))
        _fail(
            source,
            Failed(
                Failure.UNKNOWN,
                "Something failed on our side. Read it again.",
                again=True,
            ),
        )
    return True


# ---------------------------------------------------------------- the queue


def _due(now: datetime) -> Q:
    return Q(next_at__lte=now) & (Q(lease_until=None) | Q(lease_until__lte=now))


def _being_read(now: datetime) -> int:
    leased = KnowledgeSource.objects.filter(next_at__lte=now, lease_until__gt=now)
    return leased.count()


def _claim(source_id: UUID | str, now: datetime) -> KnowledgeSource | None:
    # Two that look at once may both go on: one too many for a turn does no harm.
    if _being_read(now) >= settings.KNOWLEDGE_READERS:
        return None
    claimed = KnowledgeSource.objects.filter(_due(now), pk=source_id).update(
        status=Status.INDEXING,
        lease_until=now + LEASE,
        attempts=F("attempts") + 1,
        updated_at=now,
    )
    if not claimed:
        return None
    return KnowledgeSource.objects.select_related("agent__workspace").get(pk=source_id)


def _renew(source: KnowledgeSource, progress: int) -> None:
    """Keep the lease, and tell how far it is; raise ``Lost`` if it is not ours."""
    until = clock.now() + LEASE
    kept = KnowledgeSource.objects.filter(
        pk=source.pk, lease_until=source.lease_until, status=Status.INDEXING
    ).update(lease_until=until, progress=progress)
    if not kept:
        raise Lost
    source.lease_until = until


def _pause(source: KnowledgeSource) -> None:
    """End the turn; the sweep gives the next one."""
    ours = KnowledgeSource.objects.filter(pk=source.pk, lease_until=source.lease_until)
    ours.update(lease_until=None, next_at=clock.now(), attempts=0)


def _fail(source: KnowledgeSource, failed: Failed) -> None:
    now = clock.now()
    again = failed.again and source.attempts <= len(WAITS)
    ours = KnowledgeSource.objects.filter(pk=source.pk, lease_until=source.lease_until)
    ours.update(
        status=Status.PENDING if again else Status.FAILED,
        failure=failed.failure,
        failure_detail=failed.detail[:300],
        lease_until=None,
        next_at=now + timedelta(seconds=WAITS[source.attempts - 1]) if again else None,
        updated_at=now,
    )
    log.info("knowledge_failed", source=str(source.pk), why=failed.failure, again=again)


# ---------------------------------------------------------------- reading


def _read(source: KnowledgeSource) -> None:
    keyring = Keyring(source.workspace)
    provider = embedding.chosen(configs.parse(source.agent.config), keyring)
    embedder = embedding.build(provider, keyring)
    name = embedding.name(provider, embedder)
    now = KnowledgeReading.objects.filter(source=source, embedder=name).first()
    if now is None:
        now = _begun(source, name)
    if now is not None and _embed(source, embedder, now):
        crash.point("knowledge.before_replace")
        _finish(source, now.text, now.bytes, name, now)


def _begun(source: KnowledgeSource, embedder: str) -> KnowledgeReading | None:
    """Read the document and cut it; None: it is what it was, and all is done."""
    document = _document(source)
    found = (sources.fingerprint(document.text), embedder)
    if source.chunk_count and found == (source.content_hash, source.embedder):
        _finish(source, document.text, document.size, embedder, None)
        return None
    begun = reading.begin(
        source, text=document.text, size=document.size, embedder=embedder
    )
    _renew(source, 5)
    return begun


def _embed(source: KnowledgeSource, embedder: Embedder, now: KnowledgeReading) -> bool:
    """Embed pieces for one turn; tell whether all are."""
    until = time.monotonic() + TURN_S
    while pieces := reading.next_pieces(now, BATCH):
        vectors = web.run(embedder.embed([reading.meaning(each) for each in pieces]))
        reading.keep(pieces, embedding.pack(vectors))
        _renew(source, 5 + 90 * (pieces[-1].position + 1) // now.pieces)
        if time.monotonic() > until:
            _pause(source)
            return False
    return True


def _finish(
    source: KnowledgeSource,
    text: str,
    size: int,
    embedder: str,
    anew: KnowledgeReading | None,
) -> None:
    """Put the new reading in the place of the old one; None: they are the same."""
    now = clock.now()
    again = sources.next_reading(source)
    told = {
        "status": Status.READY,
        "failure": "",
        "failure_detail": "",
        "progress": 100,
        "content_hash": sources.fingerprint(text),
        "embedder": embedder,
        "text": text,
        "bytes": size,
        "read_at": now,
        "attempts": 0,
        "next_at": now + again if again else None,
        "lease_until": None,
        "updated_at": now,
    }
    if anew is not None:
        told |= {"version": F("version") + 1, "chunk_count": anew.pieces}
    with transaction.atomic():
        ours = KnowledgeSource.objects.filter(
            pk=source.pk, lease_until=source.lease_until, status=Status.INDEXING
        )
        if not ours.update(**told):
            raise Lost
        KnowledgeUpload.objects.filter(source=source).delete()
        if anew is not None:
            reading.publish(anew)


def _document(source: KnowledgeSource) -> Document:
    if source.kind == Kind.TEXT:
        return Document("", source.text, source.bytes)
    if source.kind == Kind.URL:
        kind, content = fetching.fetch(source.source_uri)
        _check_room(source, len(content))
    else:
        upload = KnowledgeUpload.objects.filter(source=source).first()
        if upload is None:  # read before, and only to be embedded anew
            return Document("", source.text, source.bytes)
        kind = sources.kind_of(source.source_uri) or "txt"
        content = bytes(upload.content)
    try:
        title, text = sandbox.read(kind, content)
    except TooLong as error:
        raise Failed(Failure.FILE_TOO_LARGE, str(error)) from None
    except Unreadable as error:
        raise Failed(
            Failure.EXTRACTION_FAILED, f"It could not be read. {error}"
        ) from None
    return Document(title, text, len(content))


def _check_room(source: KnowledgeSource, size: int) -> None:
    """A page's size is known only once it is here."""
    used = sources.usage(source.workspace)
    if (
        used.bytes_most is not None
        and used.bytes - source.bytes + size > used.bytes_most
    ):
        raise Failed(
            Failure.QUOTA_EXCEEDED,
            "With this page the workspace would keep more knowledge than its plan"
            " allows. Delete a source, or change the plan.",
        )
