"""What is heard when somebody, or something, picks up: recorded human speech (telephone
prompts by Allison Smith), and tones made here, the way telephone networks make them."""

import audioop
import functools
import gzip
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tests import speech

RATE = 8_000
TEXTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
RECOGNISED_AFTER_MS = 400  # of the word


@dataclass
class Answer:
    """One way of picking up: who it is, and recordings, tones and pauses (s)."""

    who: str
    parts: tuple
    name: str = ""


@dataclass
class Sound:
    """A line's audio as a telephone sends it, and its words with their times."""

    mulaw: bytes
    words: list = field(default_factory=list)  # (ms, word)


def tone(seconds, *hertz, loud=0.3):
    """Return a tone of one or several frequencies."""
    t = np.arange(int(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * each * t) for each in hertz) / len(hertz)
    return (wave * loud * 32767).astype(np.int16)


def sit():
    """Special information tones (ITU-T E.180)."""
    return tuple(tone(0.33, hertz) for hertz in (950, 1400, 1777))


def music(seconds):
    """A tune to wait by: chords that change, which are no speech and no tone."""
    chords = ((262, 330, 392, 523), (220, 277, 330, 440), (294, 370, 440, 587))
    step = 0.6
    notes = [
        tone(step, *chords[i % 3], loud=0.2) for i in range(int(seconds / step) + 1)
    ]
    return np.concatenate(notes)[: int(seconds * RATE)]


ANSWERS = (
    # people
    Answer("human", (0.4, "hello", 4.0)),
    Answer("human", (1.6, "hello", 4.0)),
    Answer("human", (0.3, "im-sorry", 4.0)),
    Answer("human", (0.5, "vm-received", 4.0)),
    Answer("human", (0.2, "privacy-thankyou", 4.0)),
    Answer("human", (0.4, "hello", 0.9, "hello", 4.0)),
    Answer("human", (0.3, "hello-world", 4.0)),
    Answer("human", (0.4, "digits/4", "digits/2", "digits/7", 4.0)),
    Answer("human", (0.5, "vm-no", 4.0)),
    Answer("human", (0.3, "one-moment-please", 5.0)),
    # people who say more; a business says its name first
    Answer("human", (0.4, "hello", 0.1, "dir-welcome", 4.0)),
    Answer("human", (0.4, "demo-thanks", 4.0), "a long talker"),
    Answer("human", (0.4, "hello", 0.2, "tt-weasels", 4.0)),
    # voicemails
    Answer("voicemail", (0.5, "vm-intro", 0.7, "beep", 4.0)),
    Answer("voicemail", (0.5, "vm-intro", 0.4, tone(0.4, 1000), 4.0)),
    Answer("voicemail", (0.5, "vm-intro", 1.0, tone(0.25, 440), 4.0)),
    Answer(
        "voicemail",
        (0.3, "vm-theperson", "digits/4", "digits/2", "vm-isunavail", "vm-intro", "beep", 4.0),
    ),
    Answer("voicemail", (0.6, "vm-nobodyavail", 0.3, "vm-intro", 0.5, "beep", 4.0)),
    Answer("voicemail", (0.6, "vm-nobodyavail", 0.2, "please-try-call-later", 5.0)),
    Answer("voicemail", (1.0, "hello", 0.2, "vm-isunavail", 0.3, "vm-intro", tone(0.5, 1400), 4.0)),
    # bots that ask who calls
    Answer("screener", (0.5, "priv-recordintro", 0.3, "beep", 4.0)),
    Answer("screener", (0.5, "hello", 0.2, "priv-recordintro", tone(0.3, 900), 4.0)),
    # menus and queues
    Answer("menu", (0.5, "basic-pbx-ivr-main", 3.0)),
    Answer("menu", (0.5, "queue-periodic-announce", music(3), 1.0)),
    Answer("menu", (0.3, "vm-opts", 0.3, "vm-msginstruct", 3.0)),
    Answer("menu", (0.5, "tt-allbusy", music(4))),
    # nobody
    Answer("unavailable", (0.2, *sit(), 0.3, "ss-noservice", 3.0)),
    Answer("unavailable", (0.5, "ss-noservice", 3.0)),
    Answer("unavailable", (0.2, *sit(), 0.2, "cannot-complete-as-dialed", 0.2, "check-number-dial-again", 3.0)),
    Answer("unavailable", (0.2, *([tone(0.5, 480, 620), 0.5] * 7)), "busy tone, America"),
    Answer("unavailable", (0.2, *([tone(0.375, 400), 0.375] * 9)), "busy tone, Britain"),
    Answer("unavailable", (0.3, *sit(), 0.2, "all-circuits-busy-now", 0.2, "please-try-call-later", 3.0)),
)  # fmt: skip
# Whose line is silent, or full of noise, is talked to: nothing else would be known.
UNCLEAR = (Answer("unknown", (7.0,)), Answer("unknown", (music(9), 3.0)))


def sound(answer, *, noise=0.0, seed=1):
    """Put an answer together; ``noise`` is a share of full scale."""
    pcm, words, at = [], [], 0
    for part in answer.parts:
        if isinstance(part, float):
            samples = np.zeros(int(part * RATE), np.int16)
        elif isinstance(part, str):
            samples = np.frombuffer(speech.prompt(part, RATE), np.int16)
            said = texts().get(part, part.rpartition("/")[2]).split()
            words += [
                ((at + len(samples) * (i + 1) / len(said)) / 8, word)
                for i, word in enumerate(said)
            ]
        else:
            samples = part
        pcm.append(samples)
        at += len(samples)
    whole = np.concatenate(pcm).astype(np.float64)
    whole += np.random.default_rng(seed).normal(0, noise * 32767, len(whole))
    clipped = np.clip(whole, -32768, 32767).astype(np.int16).tobytes()
    return Sound(audioop.lin2ulaw(clipped, 2), words)


@functools.cache
def texts():
    """Return what each prompt says."""
    if not TEXTS.exists():
        pytest.skip("needs the prompts' words: apt-get install asterisk-core-sounds-en")
    with gzip.open(TEXTS, "rt") as file:
        lines = [line.split(":", 1) for line in file if ":" in line[:60]]
    # What stands in brackets is said of a recording, not in it.
    return {n.strip(): re.sub(r"[\[(].*?[\])]", "", said).strip() for n, said in lines}
