"""Finding the sentence that answers a question, or nothing.

Meaning (a cosine of embeddings) alone cannot tell "where are you" from "what are you
like"; so a question's topic must show in the fact, and shared words help. When the
embedder is not installed, words alone decide.
"""

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from providers.errors import ProviderError
from providers.ports import Embedder
from providers.scripted.matching import content
from providers.scripted.words import TOPICS

_ANSWERS = 0.42  # score from which a fact is taken for the answer
_ALSO = 0.9  # of the best score, from which a second fact is said, too
_ALIKE = 0.55  # cosine from which two phrases mean the same
_REMEMBERED = 4096  # vectors

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that fits, and how well."""

    text: str
    score: float


class Meaning:
    """Compares texts; vectors are kept, since every turn asks for the same facts."""

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder
        self._vectors: OrderedDict[str, np.ndarray] = OrderedDict()
        self._learning = asyncio.Lock()  # what is being learnt is not learnt twice

    async def learn(self, texts: Sequence[str]) -> None:
        """Compute what vectors are missing, in one go."""
        async with self._learning:
            await self._learn(texts)

    async def _learn(self, texts: Sequence[str]) -> None:
        for text in texts:
            if text in self._vectors:
                self._vectors.move_to_end(text)
        missing = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if not missing or self._embedder is None:
            return
        try:
            found = await self._embedder.embed(missing)
        except ProviderError as error:
            log.warning("offline brain works by words alone: %s", error)
            self._embedder = None
            return
        for text, vector in zip(missing, found, strict=True):
            self._vectors[text] = np.array(vector, np.float32)
        while len(self._vectors) > max(_REMEMBERED, len(texts)):
            self._vectors.popitem(last=False)

    def answers(self, question: str, facts: Sequence[str]) -> list[Hit]:
        """Return the one or two facts that answer, best first."""
        hits = sorted(
            (Hit(fact, self._score(question, fact)) for fact in facts),
            key=lambda hit: -hit.score,
        )[:2]
        if not hits or hits[0].score < _ANSWERS:
            return []
        least = max(_ANSWERS, hits[0].score * _ALSO)
        return [hit for hit in hits if hit.score >= least]

    def alike(self, said: str, phrases: Sequence[str]) -> Hit | None:
        """Return the phrase that means the same as what was said, if one does."""
        best = max(
            (Hit(phrase, self._cosine(said, phrase)) for phrase in phrases),
            key=lambda hit: hit.score,
            default=None,
        )
        return best if best and best.score >= _ALIKE else None

    def _score(self, question: str, fact: str) -> float:
        asked = content(question)
        shared = len(asked & content(fact)) / len(asked) if asked else 0.0
        meaning = self._cosine(question, fact) if self._embedder else shared
        return meaning + 0.25 * shared + _topic_score(question, fact)

    def _cosine(self, one: str, other: str) -> float:
        first, second = self._vectors.get(one), self._vectors.get(other)
        if first is None or second is None:
            return 0.0
        return float(first @ second)


def _topic_score(question: str, fact: str) -> float:
    """Reward a fact that has the question's topic, and doubt one that has not.

    The thing asked about must show, too: a fact about the price of cleaning does not
    answer "how much is a crown".
    """
    score = 0.0
    for asks, shows in TOPICS.values():
        if re.search(asks, question, re.I):
            subject = content(re.sub(asks, " ", question, flags=re.I))
            if not re.search(shows, fact, re.I):
                score -= 0.1
            elif not subject or subject & content(fact):
                score = max(score, 0.25)
    return score
