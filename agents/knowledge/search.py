"""Finding what answers a question: the one way in, whatever the database.

A ``Shelf`` is opened in a thread before a call and asked on the loop during it.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import structlog
from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection
from django.db.models import Count, Max

from agents.knowledge import embedding, index, pgvector
from agents.knowledge.embedding import Vectors
from agents.knowledge.ranking import Hit
from agents.models import Agent, KnowledgeChunk
from providers import limits, web
from providers.errors import ProviderError
from providers.ports import Embedder

TOP = 4
LONGEST = 1_000  # characters of a question; the rest says nothing new

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Found:
    """What a question brought up."""

    question: str
    hits: Sequence[Hit]
    elapsed_ms: int

    @property
    def relevant(self) -> list[Hit]:
        """What may be told without being asked for."""
        return [hit for hit in self.hits if hit.is_relevant]


class Shelf:
    """One agent's knowledge, ready to be asked."""

    def __init__(
        self,
        agent_id: UUID,
        embedders: dict[str, Embedder],
        scan: index.Index | None,
        words: pgvector.Words | None = None,
    ) -> None:
        self._agent_id = agent_id
        self._embedders = embedders
        self._scan = scan
        self._words = words

    async def warm(self) -> None:
        """Load before the first question what it would have to wait for."""
        for name, embedder in self._embedders.items():
            if name.startswith(f"{embedding.OFFLINE}/"):
                with suppress(ProviderError):
                    await embedder.embed(["Ready."])

    async def find(
        self, question: str, *, top: int = TOP, within: float = limits.RECALL
    ) -> Found:
        """Return the best pieces. A question that cannot be embedded ``within`` that
        many seconds is answered by its words alone; raises nothing of a provider's."""
        began = time.monotonic()
        question = question[:LONGEST]
        vectors = await self.embed(question, within=within)
        hits = await sync_to_async(self._look_up_apart, thread_sensitive=False)(
            question, vectors, top
        )
        return Found(question, hits, round((time.monotonic() - began) * 1000))

    async def embed(self, question: str, *, within: float) -> dict[str, Vectors]:
        """Return the question's vector for each embedder that answers in time."""
        vectors: dict[str, Vectors] = {}
        for name, embedder in self._embedders.items():
            try:
                async with asyncio.timeout(within):
                    [vector] = await embedder.embed([question])
                vectors[name] = np.asarray(vector, np.float32)
            except (ProviderError, TimeoutError) as error:
                log.warning("question_not_embedded", embedder=name, why=str(error))
        return vectors

    def look_up(
        self, question: str, vectors: dict[str, Vectors], top: int
    ) -> list[Hit]:
        """Return the best pieces for a question that is embedded already."""
        if self._scan is not None:
            return self._scan.find(question, vectors, top=top)
        words = self._words or pgvector.Words(0, {})
        return pgvector.find(self._agent_id, question, vectors, top=top, words=words)

    def _look_up_apart(
        self, question: str, vectors: dict[str, Vectors], top: int
    ) -> list[Hit]:
        close_old_connections()  # this thread's are its own
        try:
            return self.look_up(question, vectors, top)
        finally:
            close_old_connections()


def open_shelf(agent: Agent) -> Shelf | None:
    """Return the agent's knowledge, or None where it has none. Reads the database."""
    told = KnowledgeChunk.objects.filter(agent=agent).aggregate(
        pieces=Count("id"), newest=Max("id")
    )
    if not told["pieces"]:
        return None
    # Pieces are never changed, only replaced: their number and the newest tell.
    stamp = f"{connection.alias}:{told['pieces']}:{told['newest']}"
    scan = words = None
    if pgvector.is_ready():
        names = pgvector.embedders(agent.pk)
        words = pgvector.words_of(agent.pk, stamp)
    else:
        scan = index.of(agent.pk, stamp)
        names = scan.embedders
    embedders = {name: embedding.of(name, agent.workspace) for name in names}
    return Shelf(agent.pk, embedders, scan, words)


def has_any(agent: Agent) -> bool:
    """Tell whether the agent has anything to look up."""
    return KnowledgeChunk.objects.filter(agent=agent).exists()


def find(agent: Agent, question: str, *, top: int = TOP) -> Found:
    """Ask an agent's knowledge from code that is not asynchronous."""
    shelf = open_shelf(agent)
    if shelf is None or not question.strip():
        return Found(question, [], 0)
    began = time.monotonic()
    question = question[:LONGEST]
    vectors = web.run(shelf.embed(question, within=limits.EMBEDDING_TOTAL))
    hits = shelf.look_up(question, vectors, top)
    return Found(question, hits, round((time.monotonic() - began) * 1000))
