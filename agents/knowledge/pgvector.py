"""Search inside PostgreSQL, where its extension pgvector is installed.

The vectors stand in a table that Django does not know, since a model with a vector
column could not be migrated on SQLite. ``prepare`` makes it after every ``migrate``, so
installing the extension later needs nothing else. Pieces are deleted from it by the
foreign key. A search reads one agent's pieces and is exact.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, connection, transaction

from agents.knowledge import ranking
from agents.knowledge.embedding import Vectors
from agents.knowledge.ranking import Hit

CANDIDATES = 40  # by meaning, and as many by word
TABLE = "agents_knowledgevector"

_MAKE = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
    chunk_id bigint PRIMARY KEY
        REFERENCES agents_knowledgechunk (id) ON DELETE CASCADE,
    agent_id uuid NOT NULL,
    embedder varchar(80) NOT NULL,
    embedding vector NOT NULL,
    words tsvector NOT NULL
);
CREATE INDEX IF NOT EXISTS {TABLE}_agent ON {TABLE} (agent_id, embedder);
"""
_FIND = f"""
WITH near AS (
    SELECT chunk_id FROM {TABLE}
    WHERE agent_id = %(agent)s AND embedder = %(embedder)s
    ORDER BY embedding <=> %(vector)s::vector LIMIT {CANDIDATES}
), worded AS (
    SELECT chunk_id FROM {TABLE}
    WHERE agent_id = %(agent)s AND words @@ %(words)s::tsquery
    ORDER BY ts_rank(words, %(words)s::tsquery) DESC LIMIT {CANDIDATES}
)
SELECT c.id, c.source_id, s.title, s.source_uri, c.position, c.heading, c.text,
    CASE WHEN v.embedder = %(embedder)s
        THEN 1 - (v.embedding <=> %(vector)s::vector) ELSE 0 END
FROM {TABLE} v
JOIN agents_knowledgechunk c ON c.id = v.chunk_id
JOIN agents_knowledgesource s ON s.id = c.source_id
WHERE v.chunk_id IN (SELECT chunk_id FROM near UNION SELECT chunk_id FROM worded)
"""  # noqa: S608  # a constant
_COUNT = f"""
SELECT token, (SELECT count(*) FROM {TABLE} v WHERE v.agent_id = %s
    AND v.words @@ quote_literal(token)::tsquery)
FROM unnest(%s::text[]) AS token
"""  # noqa: S608  # a constant

log = structlog.get_logger()
_ready: dict[str, bool] = {}  # by database


def is_ready() -> bool:
    """Tell whether this database searches by itself; asked once a process."""
    if connection.vendor != "postgresql":
        return False
    name = str(connection.settings_dict["NAME"])
    if name not in _ready:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [TABLE])
            _ready[name] = bool(cursor.fetchone()[0])
    return _ready[name]


def prepare(**_: Any) -> None:
    """Make the extension and the table where that is possible, and fill it."""
    if connection.vendor != "postgresql":
        return
    _ready.clear()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"
            )
            if cursor.fetchone() is None:
                return
            cursor.execute("SELECT to_regclass('agents_knowledgechunk')")
            if cursor.fetchone()[0] is None:
                return
            cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
            cursor.execute(_MAKE)
    except DatabaseError as error:  # no right to: vectors are scanned by NumPy
        log.warning("pgvector_not_prepared", why=str(error))
        return
    _fill()


def _fill() -> None:
    """Take over pieces that were indexed while the extension was not there."""
    from agents.models import KnowledgeChunk  # not yet loaded when this module is

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id FROM agents_knowledgechunk c LEFT JOIN {TABLE} v"  # noqa: S608  # a constant
            " ON v.chunk_id = c.id WHERE v.chunk_id IS NULL"
        )
        missing = [row[0] for row in cursor.fetchall()]
    for at in range(0, len(missing), 500):
        add(
            KnowledgeChunk.objects.filter(id__in=missing[at : at + 500]).select_related(
                "source"
            )
        )


def add(chunks: Any) -> None:
    """Take pieces in, inside the caller's transaction."""
    rows = [
        (
            chunk.pk,
            chunk.agent_id,
            chunk.embedder,
            literal(_floats(chunk.vector)),
            list(
                dict.fromkeys(
                    ranking.tokens(f"{chunk.source.title} {chunk.heading} {chunk.text}")
                )
            ),
        )
        for chunk in chunks
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {TABLE} (chunk_id, agent_id, embedder, embedding, words)"  # noqa: S608  # a constant
            " VALUES (%s, %s, %s, %s::vector, array_to_tsvector(%s::text[]))"
            " ON CONFLICT (chunk_id) DO NOTHING",
            rows,
        )


def find(
    agent_id: UUID, question: str, vectors: Mapping[str, Vectors], *, top: int
) -> list[Hit]:
    """Return the best pieces, best first, as ``Index.find`` does."""
    asked = list(dict.fromkeys(ranking.tokens(question)))
    worth = _weights(agent_id, asked)
    words = " | ".join("'" + token.replace("'", "''") + "'" for token in asked)
    hits: dict[int, Hit] = {}
    for embedder, vector in vectors.items():
        told: dict[str, Any] = {
            "agent": agent_id,
            "embedder": embedder,
            "vector": literal(vector.tolist()),
            "words": words,
        }
        with connection.cursor() as cursor:
            cursor.execute(_FIND, told)
            for row in cursor.fetchall():
                hit = _hit(row, worth)
                if hit.chunk not in hits or hits[hit.chunk].score < hit.score:
                    hits[hit.chunk] = hit
    return sorted(hits.values(), key=lambda hit: -hit.rank)[:top]


def embedders(agent_id: UUID) -> list[str]:
    """Return the embedders a question has to be put to."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT embedder FROM {TABLE} WHERE agent_id = %s",  # noqa: S608  # a constant
            [agent_id],
        )
        return [row[0] for row in cursor.fetchall()]


def _weights(agent_id: UUID, asked: Sequence[str]) -> dict[str, float]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {TABLE} WHERE agent_id = %s",  # noqa: S608  # a constant
            [agent_id],
        )
        pieces = cursor.fetchone()[0]
        cursor.execute(_COUNT, [agent_id, list(asked)])
        return {
            token: ranking.weight(token, holders, pieces)
            for token, holders in cursor.fetchall()
        }


def _hit(row: Sequence[Any], worth: Mapping[str, float]) -> Hit:
    chunk, source, title, uri, position, heading, text, score = row
    held = frozenset(ranking.tokens(f"{title} {heading} {text}"))
    return Hit(
        chunk,
        str(source),
        title,
        uri,
        position,
        heading,
        text,
        score=round(min(1.0, max(0.0, float(score))), 4),
        words=round(ranking.share(worth, held), 4),
    )


def _floats(stored: bytes) -> list[float]:
    from agents.knowledge.embedding import unpack

    return [float(each) for each in unpack([stored])[0]]


def literal(vector: Sequence[float]) -> str:
    """Write a vector as pgvector reads it."""
    return "[" + ",".join(f"{each:.7g}" for each in vector) + "]"
