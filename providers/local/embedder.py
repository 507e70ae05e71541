"""all-MiniLM-L6-v2 in numpy behind the ``Embedder`` port: no torch, 90 MB of weights."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from providers.account import Account
from providers.local import models, workers

_LAYERS, _HEADS, _WIDTH = 6, 12, 32
_LONGEST = 256  # tokens
_BATCH = 16  # texts in one pass, so that memory stays small


def build(account: Account) -> "LocalEmbedder":
    """Return the embedder; its weights are loaded by the first ``embed``."""
    return LocalEmbedder()


def warm() -> None:
    """Load the weights and run them once."""
    load().vectors(["Ready."])


class LocalEmbedder:
    """An embedder in this process."""

    dimensions = _HEADS * _WIDTH
    model = "all-minilm-l6-v2"

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return unit vectors, computed in a worker thread."""
        return await workers.run(lambda: load().vectors(texts).tolist())


@cache
def load() -> "MiniLm":
    """Load the model once a process."""
    folder = models.folder(models.MINILM)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(_LONGEST)
    tokenizer.enable_padding()
    return MiniLm(load_file(folder / "model.safetensors"), tokenizer)


class MiniLm:
    """The loaded model; safe to use from several threads."""

    def __init__(self, weights: dict[str, np.ndarray], tokenizer: Tokenizer) -> None:
        self._weights = weights
        self._tokenizer = tokenizer

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Return one unit vector a text, [n, 384]."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        out = np.empty((len(texts), _HEADS * _WIDTH), np.float32)
        for at in range(0, len(order), _BATCH):
            batch = order[at : at + _BATCH]
            out[batch] = self._vectors([texts[i] for i in batch])
        return out

    def _vectors(self, texts: list[str]) -> np.ndarray:
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([text.ids for text in encoded])
        mask = np.array([text.attention_mask for text in encoded], np.float32)
        hidden = self._embedded(ids)
        hidden_from = (1 - mask[:, None, None, :]) * np.float32(-1e9)
        for layer in range(_LAYERS):
            hidden = self._layer(f"encoder.layer.{layer}.", hidden, hidden_from)
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True))

    def _embedded(self, ids: np.ndarray) -> np.ndarray:
        name = "embeddings.{}_embeddings.weight"
        hidden = (
            self._weights[name.format("word")][ids]
            + self._weights[name.format("position")][: ids.shape[1]]
            + self._weights[name.format("token_type")][0]
        )
        return self._normal("embeddings.LayerNorm", hidden)

    def _layer(
        self, name: str, hidden: np.ndarray, hidden_from: np.ndarray
    ) -> np.ndarray:
        query, key, value = (
            self._heads(self._dense(f"{name}attention.self.{part}", hidden))
            for part in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(2, 3) / np.float32(np.sqrt(_WIDTH)) + hidden_from
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        mixed = (scores @ value).swapaxes(1, 2).reshape(hidden.shape)
        mixed = self._dense(f"{name}attention.output.dense", mixed)
        hidden = self._normal(f"{name}attention.output.LayerNorm", hidden + mixed)
        wide = _gelu(self._dense(f"{name}intermediate.dense", hidden))
        narrow = self._dense(f"{name}output.dense", wide)
        return self._normal(f"{name}output.LayerNorm", hidden + narrow)

    def _dense(self, name: str, hidden: np.ndarray) -> np.ndarray:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return np.asarray(hidden @ weight.T + bias)

    def _normal(self, name: str, hidden: np.ndarray) -> np.ndarray:
        centred = hidden - hidden.mean(-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(-1, keepdims=True) + np.float32(1e-12))
        scaled = centred / spread * self._weights[f"{name}.weight"]
        return np.asarray(scaled + self._weights[f"{name}.bias"])

    def _heads(self, hidden: np.ndarray) -> np.ndarray:
        texts, tokens, _ = hidden.shape
        return hidden.reshape(texts, tokens, _HEADS, _WIDTH).swapaxes(1, 2)


def _gelu(x: np.ndarray) -> np.ndarray:
    """Gaussian error linear unit; erf by Abramowitz and Stegun 7.1.26, to 1.5e-7."""
    z = np.abs(x) * np.float32(np.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = t * (
        0.254829592
        + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    erf = np.copysign(1 - series * np.exp(-z * z), x)
    return np.asarray(0.5 * x * (1 + erf), np.float32)
