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

import orjson
import structlog
from django.db import DatabaseError, connection, transaction

from agents.knowledge import embedding, ranking
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
-- Without a list of what is pending: each search would read it.
CREATE INDEX IF NOT EXISTS {TABLE}_words ON {TABLE} USING gin (words) WITH (fastupdate = off);
"""
# Vectors are of unit length, so their inner product is the cosine. Only the pieces that
# are told are joined to their texts.
_FIND = """
WITH asked AS MATERIALIZED (SELECT %(vector)s::vector AS vector),
near AS (
    SELECT chunk_id FROM {table}
    WHERE agent_id = %(agent)s AND embedder = %(embedder)s
    ORDER BY embedding <#> (SELECT vector FROM asked) LIMIT {candidates}
), worded AS (
    SELECT chunk_id FROM {table}
    WHERE agent_id = %(agent)s AND words @@ %(rare)s::tsquery
    ORDER BY ts_rank(words, %(rare)s::tsquery) DESC LIMIT {candidates}
), rated AS (
    SELECT v.chunk_id, {shares} AS shared, CASE WHEN v.embedder = %(embedder)s
        THEN greatest(0, least(1, -(v.embedding <#> (SELECT vector FROM asked))))
        ELSE 0 END AS score
    FROM {table} v
    WHERE v.chunk_id IN (SELECT chunk_id FROM near UNION SELECT chunk_id FROM worded)
), best AS (
    SELECT * FROM rated ORDER BY score + {by_word} * shared DESC, chunk_id LIMIT %(top)s
)
{told}
"""
_FIND_WORDED = """
WITH rated AS (
    SELECT v.chunk_id, {shares} AS shared, 0 AS score
    FROM {table} v WHERE v.agent_id = %(agent)s AND v.words @@ %(rare)s::tsquery
    ORDER BY ts_rank(v.words, %(rare)s::tsquery) DESC LIMIT {candidates}
), best AS (
    SELECT * FROM rated ORDER BY shared DESC, chunk_id LIMIT %(top)s
)
{told}
"""
_SHARES = """(SELECT coalesce(sum(w.worth), 0) / %(total)s
    FROM unnest(%(words)s::tsquery[], %(worths)s::float8[]) AS w (word, worth)
    WHERE v.words @@ w.word)"""
_TOLD = """SELECT c.id, c.source_id, s.title, s.source_uri, c.position, c.heading, c.text,
    b.score, b.shared
FROM best b
JOIN agents_knowledgechunk c ON c.id = b.chunk_id
JOIN agents_knowledgesource s ON s.id = c.source_id"""
_PARTS = {
    "table": TABLE,
    "candidates": CANDIDATES,
    "by_word": ranking.BY_WORD,
    "shares": _SHARES,
    "told": _TOLD,
}
_FIND = _FIND.format_map(_PARTS)
_FIND_WORDED = _FIND_WORDED.format_map(_PARTS)
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
    _counted.clear()
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
    """Take pieces in, a few hundred at most, inside the caller's transaction."""
    values: list[Any] = []
    for chunk in chunks:
        told = ranking.tokens(f"{chunk.source.title} {chunk.heading} {chunk.text}")
        vector = literal(embedding.unpack([chunk.vector])[0])
        words = list(dict.fromkeys(told))
        values += [chunk.pk, chunk.agent_id, chunk.embedder, vector, words]
    if not values:
        return
    row = "(%s, %s, %s, %s::vector, array_to_tsvector(%s::text[]))"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (chunk_id, agent_id, embedder, embedding, words)"  # noqa: S608  # constants
            f" VALUES {', '.join([row] * (len(values) // 5))}"
            " ON CONFLICT (chunk_id) DO NOTHING",
            values,
        )


MOST_COUNTED = 100  # agents whose words a process keeps


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


_counted: dict[UUID, tuple[str, Words]] = {}


def words_of(agent_id: UUID, stamp: str) -> Words:
    """Count an agent's words, once a process for each ``stamp`` of its knowledge: that
    reads them all."""
    kept = _counted.get(agent_id)
    if kept is None or kept[0] != stamp:
        while len(_counted) >= MOST_COUNTED:
            _counted.pop(next(iter(_counted), agent_id), None)
        kept = _counted[agent_id] = (stamp, _count(agent_id))
    return kept[1]


def _count(agent_id: UUID) -> Words:
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
    told: dict[str, Any] = {
        "agent": agent_id,
        "top": top,
        "rare": " | ".join(map(_quoted, rare)),
        "words": [_quoted(token) for token in worth],
        "worths": list(worth.values()),
        "total": sum(worth.values()) or 1.0,
    }
    hits: dict[int, Hit] = {}
    for embedder, vector in vectors.items():
        more = {"embedder": embedder, "vector": literal(vector)}
        for hit in _hits(_FIND, told | more):
            if hit.chunk not in hits or hits[hit.chunk].score < hit.score:
                hits[hit.chunk] = hit
    if not vectors and rare:  # no embedder answered in time
        hits = {hit.chunk: hit for hit in _hits(_FIND_WORDED, told)}
    return sorted(hits.values(), key=lambda hit: -hit.rank)[:top]


def _quoted(token: str) -> str:
    """Write a word as a query for it."""
    return "'" + token.replace("'", "''") + "'"


def _hits(statement: str, told: Mapping[str, Any]) -> list[Hit]:
    with connection.cursor() as cursor:
        cursor.execute(statement, told)
        rows = cursor.fetchall()
    return [
        Hit(
            chunk,
            str(source),
            title,
            uri,
            position,
            heading,
            text,
            score=round(float(score), 4),
            words=round(float(shared), 4),
        )
        for chunk, source, title, uri, position, heading, text, score, shared in rows
    ]


def embedders(agent_id: UUID) -> list[str]:
    """Return the embedders a question has to be put to."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT embedder FROM {TABLE} WHERE agent_id = %s",  # noqa: S608  # a constant
            [agent_id],
        )
        return [row[0] for row in cursor.fetchall()]


def literal(vector: Vectors) -> str:
    """Write a vector as pgvector reads it."""
    return orjson.dumps(vector, option=orjson.OPT_SERIALIZE_NUMPY).decode()
