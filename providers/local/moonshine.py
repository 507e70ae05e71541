"""Moonshine tiny-en: up to 15 s of speech to text, on one core.

The weights are run by our own loop: the vendor's library cuts by itself and puts phantom
words in front.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from providers.local import models, workers

RATE = 16000
LONGEST_S = 15  # cost is quadratic, and quality falls

_START, _END = 1, 2
_LAYERS, _HEADS, _WIDTH = 6, 8, 36
_TOKENS_PER_SECOND = 6.5
_BEFORE = np.zeros(int(0.2 * RATE), np.float32)
_AFTER = np.zeros(int(0.3 * RATE), np.float32)
_NAMES = [
    f"{layer}.{side}.{part}"
    for layer in range(_LAYERS)
    for side in ("decoder", "encoder")
    for part in ("key", "value")
]
_EMPTY = np.zeros((1, _HEADS, 0, _WIDTH), np.float32)
_FIRST, _LATER = np.array([False]), np.array([True])

_STOPS = frozenset(piece.encode() for piece in (".", "!", "?", '."', "..", '!"'))

# What the model makes of breath and noise: dropped when nothing else was heard.
PHANTOMS = frozenset({"you", "i", "uh", "you can also use the videos button"})


@dataclass(frozen=True, slots=True)
class Recognised:
    """Words, how sure the model is of them, and of a full stop behind them: 0 to 1.

    It sets one behind everything; how readily, rather than a comma or one more word,
    tells a sentence from half of one.
    """

    text: str
    confidence: float
    ending: float


@cache
def load() -> "Moonshine":
    """Load the model once a process."""
    folder = models.folder(models.MOONSHINE)
    return Moonshine(
        workers.session(str(folder / "encoder_model.ort")),
        workers.session(str(folder / "decoder_model_merged.ort")),
        _vocabulary((folder / "tokenizer.bin").read_bytes()),
    )


class Moonshine:
    """The loaded model; safe to use from several threads."""

    def __init__(self, encoder: Any, decoder: Any, vocabulary: list[bytes]) -> None:
        self._encode = encoder.run
        self._decode = decoder.run
        self._vocabulary = vocabulary
        self._stops = np.array(
            [i for i, piece in enumerate(vocabulary) if piece in _STOPS]
        )

    def recognise(self, samples: np.ndarray) -> Recognised:
        """Turn speech at 16 kHz into words."""
        padded = np.concatenate((_BEFORE, samples, _AFTER))[None, :]
        tokens, odds, ending = self._tokens(padded, most=_most_tokens(len(samples)))
        text = _text([self._vocabulary[token] for token in tokens])
        if text.lower().strip(" .!?,") in PHANTOMS:
            return Recognised("", 0.0, 0.0)
        confidence = float(np.exp(np.mean(odds))) if odds else 0.0
        return Recognised(text, confidence, ending)

    def _tokens(
        self, samples: np.ndarray, most: int
    ) -> tuple[list[int], list[float], float]:
        # The decoder wants the mask of the raw audio, not of the encoder's frames.
        mask = np.ones(samples.shape, np.int64)
        (hidden,) = self._encode(
            None, {"input_values": samples, "attention_mask": mask}
        )
        fixed = {"encoder_hidden_states": hidden, "encoder_attention_mask": mask}
        past: dict[str, np.ndarray] = {
            f"past_key_values.{name}": _EMPTY for name in _NAMES
        }
        tokens: list[int] = []
        odds: list[float] = []
        last = _START
        before = None
        while len(tokens) < most:
            scores, past = self._step(fixed, past, last, first=not tokens)
            was_stop, last = last in self._stops, int(scores.argmax())
            if last == _END:
                chosen = before if was_stop and before is not None else scores
                return _without_loops(tokens), odds, self._odds_of_stop(chosen)
            before = scores
            tokens.append(last)
            odds.append(_log_odds(scores, last))
        return _without_loops(tokens), odds, 0.0

    def _odds_of_stop(self, scores: np.ndarray) -> float:
        powers = np.exp(scores - scores.max())
        powers[_END] = 0  # it ends sentences without one, too
        return float(powers[self._stops].sum() / max(powers.sum(), 1e-9))

    def _step(
        self,
        fixed: Mapping[str, np.ndarray],
        past: Mapping[str, np.ndarray],
        token: int,
        *,
        first: bool,
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        out = self._decode(
            None,
            {
                **fixed,
                **past,
                "input_ids": np.array([[token]], np.int64),
                "use_cache_branch": _FIRST if first else _LATER,
            },
        )
        present = {
            # With the cache on, the encoder's keys come back empty: keep the first.
            f"past_key_values.{name}": (
                value if first or "decoder" in name else past[f"past_key_values.{name}"]
            )
            for name, value in zip(_NAMES, out[1:], strict=True)
        }
        return out[0][0, -1], present


def _most_tokens(samples: int) -> int:
    return max(6, int(samples / RATE * _TOKENS_PER_SECOND) + 4)


def _log_odds(scores: np.ndarray, token: int) -> float:
    top = scores.max()
    return float(scores[token] - top - np.log(np.exp(scores - top).sum()))


def _without_loops(tokens: list[int]) -> list[int]:
    """Cut where the model repeats itself: the same three or more tokens, three times."""
    for length in range(3, len(tokens) // 3 + 1):
        for at in range(len(tokens) - 3 * length + 1):
            run = tokens[at : at + length]
            if tokens[at + length : at + 3 * length] == run * 2:
                return tokens[: at + length]
    return tokens


def _text(pieces: list[bytes]) -> str:
    text = b"".join(piece for piece in pieces if not piece.startswith(b"<"))
    words = text.decode("utf-8", "replace").replace("\u2581", " ")
    return re.sub(r"\s+", " ", words).strip()


def _vocabulary(raw: bytes) -> list[bytes]:
    """Read length-prefixed strings; a length of 128 or more takes two bytes."""
    words: list[bytes] = []
    at = 0
    while at < len(raw):
        length = raw[at]
        at += 1
        if length >= 128:
            length = length - 128 + raw[at] * 128
            at += 1
        words.append(raw[at : at + length])
        at += length
    return words
