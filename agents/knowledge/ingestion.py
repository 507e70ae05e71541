"""Reading sources in a worker.

A source's row is its own queue: who claims it holds a lease and renews it with every
batch; a worker that dies loses the lease, and the sweep hands the source to another.
Pieces are replaced in one transaction, so a search sees the old reading or the new.

::

    pending ──claim──► indexing ──► ready ──refresh──► pending
                          │
                          ├──► pending again, later (fetch or embedder out of order)
                          └──► failed (with the reason and how to mend it)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F, Q

from agents import config as configs
from agents.knowledge import chunking, embedding, fetching, pgvector, sandbox, sources
from agents.knowledge.chunking import Piece
from agents.knowledge.extraction import Unreadable
from agents.knowledge.fetching import Failed
from agents.models import KnowledgeChunk, KnowledgeSource, KnowledgeUpload
from agents.provider_keys import Keyring
from common import clock, crash
from common.later import later
from providers import web
from providers.errors import ProviderError
from providers.ports import Embedder

LEASE = timedelta(seconds=120)  # longer than one document takes to be read
WAITS = (10, 60, 600)  # seconds before the second, third and fourth attempt
BATCH = 32  # pieces embedded before the lease is renewed
AT_ONCE = 50  # sources that one sweep asks for
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
    """Ask for every source that is due; return how many."""
    due = (
        KnowledgeSource.objects.filter(_due(now), agent__deleted_at=None)
        .order_by("next_at")
        .values_list("pk", flat=True)[:AT_ONCE]
    )
    found = [str(pk) for pk in due]
    for pk in found:
        later("agents.read_knowledge", source_id=pk)
    return len(found)


def read(source_id: UUID | str, *, now: datetime) -> bool:
    """Read a source if it is due and nobody else does; tell whether it was read."""
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
    except Exception:
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


def _claim(source_id: UUID | str, now: datetime) -> KnowledgeSource | None:
    claimed = KnowledgeSource.objects.filter(_due(now), pk=source_id).update(
        status=Status.INDEXING,
        lease_until=now + LEASE,
        attempts=F("attempts") + 1,
        progress=0,
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
    document = _document(source)
    keyring = Keyring(source.workspace)
    provider = embedding.chosen(configs.parse(source.agent.config), keyring)
    embedder = embedding.build(provider, keyring)
    name = embedding.name(provider, embedder)
    now_hash = sources.fingerprint(document.text)
    is_known = (source.content_hash, source.embedder) == (now_hash, name)
    if is_known and source.chunk_count:
        _finish(source, document, now_hash, name)
        return
    pieces = chunking.cut(document.text)
    if not pieces:
        raise Failed(Failure.EXTRACTION_FAILED, "No text was found in it.")
    _renew(source, 5)
    vectors = list(_embedded(source, embedder, pieces))
    crash.point("knowledge.before_replace")
    chunks = [
        KnowledgeChunk(
            source=source,
            agent=source.agent,
            position=position,
            heading=piece.heading,
            text=piece.text,
            embedder=name,
            vector=vector,
        )
        for position, (piece, vector) in enumerate(zip(pieces, vectors, strict=True))
    ]
    _finish(source, document, now_hash, name, chunks)


def _embedded(
    source: KnowledgeSource, embedder: Embedder, pieces: list[Piece]
) -> Iterator[bytes]:
    for at in range(0, len(pieces), BATCH):
        batch = [piece.meaning for piece in pieces[at : at + BATCH]]
        yield from embedding.pack(web.run(embedder.embed(batch)))
        _renew(source, 5 + 90 * min(at + BATCH, len(pieces)) // len(pieces))


def _finish(
    source: KnowledgeSource,
    document: Document,
    content_hash: str,
    embedder: str,
    chunks: list[KnowledgeChunk] | None = None,
) -> None:
    """Put the new reading in the place of the old one; None: they are the same."""
    now = clock.now()
    again = sources.next_reading(source)
    told = {
        "status": Status.READY,
        "failure": "",
        "failure_detail": "",
        "progress": 100,
        "content_hash": content_hash,
        "embedder": embedder,
        "text": document.text,
        "bytes": document.size,
        "read_at": now,
        "attempts": 0,
        "next_at": now + again if again else None,
        "lease_until": None,
        "updated_at": now,
    }
    if chunks is not None:
        told |= {"version": F("version") + 1, "chunk_count": len(chunks)}
    with transaction.atomic():
        ours = KnowledgeSource.objects.filter(
            pk=source.pk, lease_until=source.lease_until, status=Status.INDEXING
        )
        if not ours.update(**told):
            raise Lost
        KnowledgeUpload.objects.filter(source=source).delete()
        if chunks is not None:
            source.chunks.all().delete()
            made = KnowledgeChunk.objects.bulk_create(chunks, batch_size=500)
            if pgvector.is_ready():
                pgvector.add(made)


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
