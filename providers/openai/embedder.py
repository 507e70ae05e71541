"""OpenAI's embeddings. https://platform.openai.com/docs/api-reference/embeddings (2026-11)."""

from collections.abc import Sequence
from math import sqrt

import orjson

from providers import faults, limits, web
from providers.account import Account
from providers.openai import dialects

DEFAULT_MODEL = "text-embedding-3-small"
_BATCH = 128  # texts in a request


def build(account: Account) -> "OpenAIEmbedder":
    """Return the embedder; no connection is made yet."""
    return OpenAIEmbedder(account)


class OpenAIEmbedder:
    """An ``Embedder``."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._headers = {
            "content-type": "application/json",
            **dialects.headers(account),
        }
        self.model = account.model or DEFAULT_MODEL

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return unit vectors."""
        vectors: list[list[float]] = []
        for at in range(0, len(texts), _BATCH):
            vectors += await self._embed(list(texts[at : at + _BATCH]))
        return vectors

    async def _embed(self, texts: list[str]) -> list[list[float]]:
        async with web.request(
            self._account,
            "POST",
            f"{self._account.base_url}/embeddings",
            headers=self._headers,
            within=limits.EMBEDDING_TOTAL,
            body=orjson.dumps({"model": self.model, "input": texts}),
        ) as reply:
            answer = await reply.json(within=limits.EMBEDDING_TOTAL)
        try:
            rows = sorted(answer["data"], key=lambda row: row["index"])
            found = [_unit(row["embedding"]) for row in rows]
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise faults.garbage(self._account.provider) from error
        if len(found) != len(texts):
            raise faults.garbage(self._account.provider)
        return found


def _unit(vector: list[float]) -> list[float]:
    length = sqrt(sum(x * x for x in vector))
    return [x / length for x in vector]
