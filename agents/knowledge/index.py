"""An agent's pieces in memory: a scan by NumPy, for SQLite and where pgvector is not.

10,000 pieces take 15 MB and are scanned in a few ms. Indexes are kept for the calls to
come, by what the agent's knowledge was when they were built.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from agents.knowledge import embedding, ranking
from agents.knowledge.embedding import Vectors
from agents.knowledge.ranking import Hit
from agents.models import KnowledgeChunk

MEMORY = 256_000_000  # bytes of vectors that one process keeps


@dataclass(frozen=True, slots=True)
class Row:
    """A piece without its vector."""

    chunk: int
    source: str
    title: str
    uri: str
    position: int
    heading: str
    text: str


class Index:
    """Every piece of one agent. Safe to search from several threads."""

    def __init__(self, rows: list[Row], vectors: Mapping[str, list[bytes | None]]):
        self._rows = rows
        self._matrices: dict[str, tuple[NDArray[np.int64], Vectors]] = {}
        for embedder, stored in vectors.items():
            at = [number for number, each in enumerate(stored) if each is not None]
            kept = [each for each in stored if each is not None]
            self._matrices[embedder] = (np.array(at), embedding.unpack(kept))
        holders: dict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(rows):
            told = f"{row.title} {row.heading} {row.text}"
            for token in set(ranking.tokens(told)):
                holders[token].append(number)
        self._holders = {t: np.array(at, np.int32) for t, at in holders.items()}

    @property
    def embedders(self) -> list[str]:
        """The embedders a question has to be put to."""
        return list(self._matrices)

    @property
    def size(self) -> int:
        """Bytes that its vectors take."""
        return sum(matrix.nbytes for _, matrix in self._matrices.values())

    def __len__(self) -> int:
        return len(self._rows)

    def find(
        self, question: str, vectors: Mapping[str, Vectors], *, top: int
    ) -> list[Hit]:
        """Return the best pieces, best first; without a vector words alone decide."""
        if not self._rows:
            return []
        cosines = self._cosines(vectors)
        shares = self._shares(ranking.tokens(question))
        ranks = cosines + ranking.BY_WORD * shares
        top = min(top, len(ranks))
        best = np.argpartition(-ranks, top - 1)[:top]
        ordered = best[np.argsort(-ranks[best], kind="stable")]
        return [self._hit(int(at), cosines, shares) for at in ordered]

    def _cosines(self, vectors: Mapping[str, Vectors]) -> Vectors:
        cosines = np.zeros(len(self._rows), np.float32)
        for embedder, (at, matrix) in self._matrices.items():
            if embedder in vectors:
                cosines[at] = matrix @ vectors[embedder]
        return np.clip(cosines, 0, 1)

    def _shares(self, asked: list[str]) -> Vectors:
        shares = np.zeros(len(self._rows), np.float32)
        total = 0.0
        for token in set(asked):
            held = self._holders.get(token)
            holders = 0 if held is None else len(held)
            worth = ranking.weight(token, holders, len(self._rows))
            total += worth
            if held is not None:
                shares[held] += worth
        return shares / np.float32(total or 1)

    def _hit(self, at: int, cosines: Vectors, shares: Vectors) -> Hit:
        row = self._rows[at]
        return Hit(
            row.chunk,
            row.source,
            row.title,
            row.uri,
            row.position,
            row.heading,
            row.text,
            score=round(float(cosines[at]), 4),
            words=round(float(shares[at]), 4),
        )


_kept: OrderedDict[tuple[UUID, str], Index] = OrderedDict()
_lock = Lock()


def of(agent_id: UUID, stamp: str) -> Index:
    """Return the agent's index, built if it is not the one of ``stamp``. Reads the
    database."""
    with _lock:
        if (found := _kept.get((agent_id, stamp))) is not None:
            _kept.move_to_end((agent_id, stamp))
            return found
    built = _built(agent_id)
    with _lock:
        for old in [key for key in _kept if key[0] == agent_id]:
            del _kept[old]
        _kept[agent_id, stamp] = built
        while len(_kept) > 1 and sum(each.size for each in _kept.values()) > MEMORY:
            _kept.popitem(last=False)
    return built


def _built(agent_id: UUID) -> Index:
    stored = KnowledgeChunk.objects.filter(agent_id=agent_id).values_list(
        "id",
        "source_id",
        "source__title",
        "source__source_uri",
        "position",
        "heading",
        "text",
        "embedder",
        "vector",
    )
    rows: list[Row] = []
    kept: dict[str, dict[int, bytes]] = defaultdict(dict)
    for (
        chunk,
        source,
        title,
        uri,
        position,
        heading,
        text,
        embedder,
        vector,
    ) in stored.order_by("source_id", "position"):
        kept[embedder][len(rows)] = bytes(vector)
        rows.append(Row(chunk, str(source), title, uri, position, heading, text))
    return Index(
        rows,
        {
            embedder: [by_row.get(at) for at in range(len(rows))]
            for embedder, by_row in kept.items()
        },
    )
