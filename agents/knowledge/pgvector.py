"""Search inside PostgreSQL, where its extension pgvector is installed.

The vectors stand in a table that Django does not know, since a model with a vector
column could not be migrated on SQLite. ``prepare`` makes it after every ``migrate``, so
installing the extension later needs nothing else. Pieces are deleted from it by the
foreign key. A search reads one agent's pieces and is exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, connection, transaction

from agents.knowledge import ranking
from agents.knowledge.embedding import Vectors
from agents.knowledge.ranking import Hit

CANDIDATES = 40  # by meaning, and as many by word
TELLING = 0.2  # share of the pieces that may hold a word that is searched for
TABLE = "agents_knowledgevector"

_MAKE = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
    chunk_id bigint PRIMARY KEY
        REFERENCES agents_knowledgechunk (id) ON DELETE CASCADE,
    agent_id uuid NOT NULL,
    embedder varchar(80) NOT NULL,
    embedding vector NOT NULL,
    words tsvector NOT NULL
) WITH (toast_tuple_target = 8160);  -- a search reads vectors: keep them in the row
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
_FIND_NEAR = f"""
SELECT c.id, c.source_id, s.title, s.source_uri, c.position, c.heading, c.text, v.score
FROM (
    SELECT chunk_id, 1 - (embedding <=> %(vector)s::vector) AS score FROM {TABLE}
    WHERE agent_id = %(agent)s AND embedder = %(embedder)s
    ORDER BY embedding <=> %(vector)s::vector LIMIT {CANDIDATES}
) v
JOIN agents_knowledgechunk c ON c.id = v.chunk_id
JOIN agents_knowledgesource s ON s.id = c.source_id
"""  # noqa: S608  # a constant
_FIND_WORDED = f"""
SELECT c.id, c.source_id, s.title, s.source_uri, c.position, c.heading, c.text, 0
FROM {TABLE} v
JOIN agents_knowledgechunk c ON c.id = v.chunk_id
JOIN agents_knowledgesource s ON s.id = c.source_id
WHERE v.agent_id = %(agent)s AND v.words @@ %(words)s::tsquery
ORDER BY ts_rank(v.words, %(words)s::tsquery) DESC LIMIT {CANDIDATES}
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


@dataclass(frozen=True, slots=True)
class Words:
    """How many of an agent's pieces hold each word."""

    pieces: int
    holders: Mapping[str, int]

    def worth(self, asked: Sequence[str]) -> dict[str, float]:
        """Return what each word of a question tells."""
        return {
            token: ranking.weight(token, self.holders.get(token, 0), self.pieces)
            for token in asked
        }

    def telling(self, asked: Sequence[str]) -> list[str]:
        """Return the words that few pieces hold: the others only cost time."""
        most = max(1, round(self.pieces * TELLING))
        return [token for token in asked if 0 < self.holders.get(token, 0) <= most]


def words_of(agent_id: UUID) -> Words:
    """Count an agent's words; once a shelf."""
    chosen = f"SELECT words FROM {TABLE} WHERE agent_id = '{agent_id}'"  # noqa: S608  # a UUID
    with connection.cursor() as cursor:
        cursor.execute("SELECT word, ndoc FROM ts_stat(%s)", [chosen])
        holders = dict(cursor.fetchall())
        cursor.execute(
            f"SELECT count(*) FROM {TABLE} WHERE agent_id = %s",  # noqa: S608  # a constant
            [agent_id],
        )
        return Words(cursor.fetchone()[0], holders)


def find(
    agent_id: UUID,
    question: str,
    vectors: Mapping[str, Vectors],
    *,
    top: int,
    words: Words,
) -> list[Hit]:
    """Return the best pieces, best first, as ``Index.find`` does."""
    asked = list(dict.fromkeys(ranking.tokens(question)))
    worth, rare = words.worth(asked), words.telling(asked)
    query = " | ".join("'" + token.replace("'", "''") + "'" for token in rare)
    told: dict[str, Any] = {"agent": agent_id, "words": query}
    hits: dict[int, Hit] = {}
    for embedder, vector in vectors.items():
        more = {"embedder": embedder, "vector": literal(vector.tolist())}
        for row in _rows(_FIND if rare else _FIND_NEAR, told | more):
            hit = _hit(row, worth)
            if hit.chunk not in hits or hits[hit.chunk].score < hit.score:
                hits[hit.chunk] = hit
    if not vectors and rare:  # no embedder answered in time
        hits = {row[0]: _hit(row, worth) for row in _rows(_FIND_WORDED, told)}
    return sorted(hits.values(), key=lambda hit: -hit.rank)[:top]


def _rows(statement: str, told: Mapping[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, told)
        return list(cursor.fetchall())


def embedders(agent_id: UUID) -> list[str]:
    """Return the embedders a question has to be put to."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT embedder FROM {TABLE} WHERE agent_id = %s",  # noqa: S608  # a constant
            [agent_id],
        )
        return [row[0] for row in cursor.fetchall()]


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
