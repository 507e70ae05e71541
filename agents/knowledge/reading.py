"""A reading: a source's text as it is now, cut into pieces, whose vectors come in turns.

What is embedded is kept, so a long document is no long task, and a worker that dies
loses one batch. Chunks, which a search finds, are made of the pieces once all are there.
"""

from collections.abc import Sequence
from itertools import islice

from django.db import connection, transaction

from agents.knowledge import chunking, pgvector
from agents.knowledge.fetching import Failed
from agents.models import (
    KnowledgeChunk,
    KnowledgePiece,
    KnowledgeReading,
    KnowledgeSource,
)

MOST = 40_000  # pieces of one source
AT_ONCE = 500  # rows of one statement


def begin(
    source: KnowledgeSource, *, text: str, size: int, embedder: str
) -> KnowledgeReading:
    """Cut a source's text and keep the pieces; raise ``Failed``."""
    pieces = list(islice(chunking.cut(text), MOST + 1))
    if not pieces:
        raise Failed(
            KnowledgeSource.Failure.EXTRACTION_FAILED, "No text was found in it."
        )
    if len(pieces) > MOST:
        raise Failed(
            KnowledgeSource.Failure.QUOTA_EXCEEDED,
            f"It makes more than {MOST:,} pieces, the most that a source may have."
            " Split it, or put fewer headings in it.",
        )
    with transaction.atomic():
        KnowledgeReading.objects.filter(source=source).delete()
        made = KnowledgeReading.objects.create(
            source=source, text=text, bytes=size, embedder=embedder, pieces=len(pieces)
        )
        KnowledgePiece.objects.bulk_create(
            (
                KnowledgePiece(
                    reading=made, position=at, heading=piece.heading, text=piece.text
                )
                for at, piece in enumerate(pieces)
            ),
            batch_size=AT_ONCE,
        )
    return made


def next_pieces(reading: KnowledgeReading, most: int) -> list[KnowledgePiece]:
    """Return the next pieces that have no vector."""
    waiting = reading.parts.filter(vector=None).order_by("position")
    return list(waiting[:most])


def meaning(piece: KnowledgePiece) -> str:
    """Return what is embedded of a piece."""
    return chunking.Piece(piece.heading, piece.text).meaning


def keep(pieces: Sequence[KnowledgePiece], vectors: Sequence[bytes]) -> None:
    """Keep the pieces' vectors."""
    for piece, vector in zip(pieces, vectors, strict=True):
        piece.vector = vector
    KnowledgePiece.objects.bulk_update(pieces, ["vector"])


def publish(reading: KnowledgeReading) -> None:
    """Put the pieces in the place of the source's chunks, in the caller's transaction."""
    source = reading.source
    source.chunks.all().delete()
    _copy(reading)
    if pgvector.is_ready():
        chunks = source.chunks.select_related("source").defer("source__text")
        for at in range(0, reading.pieces, AT_ONCE):
            some = chunks.filter(position__gte=at, position__lt=at + AT_ONCE)
            pgvector.add(some)
    reading.delete()


def _copy(reading: KnowledgeReading) -> None:
    """Make chunks of the pieces without reading them."""
    columns = ("source_id", "agent_id", "position", "heading", "text", "embedder")
    taken = reading.parts.order_by("position").values_list(
        "reading_id",
        "reading__source__agent_id",
        "position",
        "heading",
        "text",
        "reading__embedder",
        "vector",
    )
    chosen, parameters = taken.query.sql_with_params()
    table = KnowledgeChunk._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}, vector) {chosen}",  # our own names
            parameters,
        )
