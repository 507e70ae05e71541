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
_BATCH = 4  # texts in one pass: what it works on stays in the processor's cache
_BLOCK = 32_768  # numbers, for the same reason


def build(account: Account) -> "LocalEmbedder":
    """Return the embedder; its weights are loaded by the first ``embed``."""
    return LocalEmbedder()


def warm() -> None:
    """Load the weights and run them once."""
    load().vectors(["Ready."])


class LocalEmbedder:
    """An embedder in this process."""

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
        query *= np.float32(1 / np.sqrt(_WIDTH))
        scores = query @ key.swapaxes(2, 3)
        scores += hidden_from
        scores -= scores.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        mixed = scores @ value
        mixed /= scores.sum(-1, keepdims=True)
        mixed = mixed.swapaxes(1, 2).reshape(hidden.shape)
        mixed = self._dense(f"{name}attention.output.dense", mixed)
        mixed += hidden
        hidden = self._normal(f"{name}attention.output.LayerNorm", mixed)
        wide = _gelu(self._dense(f"{name}intermediate.dense", hidden))
        narrow = self._dense(f"{name}output.dense", wide)
        narrow += hidden
        return self._normal(f"{name}output.LayerNorm", narrow)

    def _dense(self, name: str, hidden: np.ndarray) -> np.ndarray:
        out = hidden @ self._weights[f"{name}.weight"].T
        out += self._weights[f"{name}.bias"]
        return np.asarray(out)

    def _normal(self, name: str, hidden: np.ndarray) -> np.ndarray:
        centred = hidden - hidden.mean(-1, keepdims=True)
        squares = np.einsum("...i,...i->...", centred, centred)[..., None]
        centred /= np.sqrt(squares / hidden.shape[-1] + np.float32(1e-12))
        centred *= self._weights[f"{name}.weight"]
        centred += self._weights[f"{name}.bias"]
        return np.asarray(centred)

    def _heads(self, hidden: np.ndarray) -> np.ndarray:
        texts, tokens, _ = hidden.shape
        return hidden.reshape(texts, tokens, _HEADS, _WIDTH).swapaxes(1, 2)


def _gelu(x: np.ndarray) -> np.ndarray:
    """Gaussian error linear unit, in place; erf by Abramowitz and Stegun 7.1.26, to
    1.5e-7."""
    flat = x.reshape(-1)
    for at in range(0, flat.size, _BLOCK):
        block = flat[at : at + _BLOCK]
        z = np.abs(block)
        z *= np.float32(np.sqrt(0.5))
        t = z * np.float32(0.3275911)
        t += np.float32(1)
        np.reciprocal(t, out=t)
        series = t * np.float32(1.061405429)
        for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
            series += np.float32(factor)
            series *= t
        np.exp(-z * z, out=z)
        series *= z
        erf = np.copysign(1 - series, block)
        erf += np.float32(1)
        erf *= np.float32(0.5)
        block *= erf
    return x
