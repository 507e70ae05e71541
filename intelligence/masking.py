"""Masks stretches of a recording: a soft tone where something personal was said.

The file is rewritten beside itself and put in its place in one move, a piece at a time,
so a process that is killed leaves the old file or the new one, never half of either.
"""

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from telephony.recordings import HEADER

CALLER, AGENT = 0, 1
TONE_HZ, LOUDNESS = 440, 1_200  # soft: it is heard through headphones
PIECE_S = 30


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of one channel."""

    channel: int
    start_ms: int
    end_ms: int


def read(path: Path, stretches: Sequence[Stretch]) -> list[bytes]:
    """Return what is heard in these stretches, as s16le of one channel."""
    heard = []
    with path.open("rb") as file:
        rate = _rate(file.read(HEADER))
        for each in stretches:
            first, last = (at * rate // 1000 for at in (each.start_ms, each.end_ms))
            file.seek(HEADER + first * 4)
            piece = file.read(max(0, last - first) * 4)
            stereo = np.frombuffer(piece[: len(piece) // 4 * 4], np.int16).reshape(
                -1, 2
            )
            heard.append(stereo[:, each.channel].tobytes())
    return heard


def mask(path: Path, stretches: Sequence[Stretch]) -> None:
    """Put a tone over these stretches. Doing it again changes nothing."""
    if not stretches:
        return
    beside = path.with_suffix(".masking")
    with path.open("rb") as source, beside.open("wb") as target:
        head = source.read(HEADER)
        rate = _rate(head)
        target.write(head)
        at = 0  # samples
        while piece := source.read(rate * 4 * PIECE_S):
            stereo = np.frombuffer(piece[: len(piece) // 4 * 4], np.int16).copy()
            stereo = stereo.reshape(-1, 2)
            for each in stretches:
                _cover(stereo, at, rate, each)
            target.write(stereo.tobytes())
            at += len(stereo)
        target.flush()
        os.fsync(target.fileno())
    beside.replace(path)


def _cover(stereo: np.ndarray, at: int, rate: int, each: Stretch) -> None:
    start = max(each.start_ms * rate // 1000 - at, 0)
    end = min(each.end_ms * rate // 1000 - at, len(stereo))
    if start < end:
        moments = (np.arange(start, end) + at) / rate
        tone = np.sin(2 * np.pi * TONE_HZ * moments) * LOUDNESS
        stereo[start:end, each.channel] = tone.astype(np.int16)


def _rate(head: bytes) -> int:
    (rate,) = struct.unpack_from("<I", head, 24)
    return int(rate)
