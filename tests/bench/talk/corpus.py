"""What callers say: recorded human speech, found on this machine.

Telephone prompts recorded by Allison Smith (Debian's asterisk-core-sounds-en-wav,
CC-BY-SA, so they stay where they are) are cut to their speech and put together. Read
by a professional, they are clean and even. A second voice reads the beginning of "A Tale
of Two Cities", a third one sentence: recordings that come with the offline recogniser
(MIT). No synthetic voice is among them, for those end every clip with a final fall.
"""

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soxr

from tests.speech import PROMPTS, read

RATE = 16_000
LOUD = 0.012  # of full scale: speech, in a frame of 20 ms
FRAME = RATE // 50

TURNS = {
    "pls-hold-while-try": "Please hold while we try to connect you.",
    "number-not-answering": "The number is not answering.",
    "vm-nobodyavail": "Nobody is available to take your call at the moment.",
    "please-try-call-later": "Please try your call again later.",
    "conf-onlyperson": "You are currently the only person in this conference.",
    "dir-nomatch": "No directory entries match your search.",
    "check-number-dial-again": "Please check the number and dial again.",
    "tt-weasels": "Weasels have eaten our phone system.",
    "conf-waitforleader": "The conference will begin when the leader arrives.",
    "vm-dialout": "Please wait while I connect your call.",
    "auth-incorrect": "Password incorrect. Please enter your password followed by the pound key.",
    "all-circuits-busy-now": "All circuits are busy now.",
    "confbridge-only-one": "There is currently one other participant in the conference.",
    "vm-tooshort": "Your message is too short.",
    "privacy-prompt": "Please enter your phone number, starting with the area code.",
    "cannot-complete-as-dialed": "Your call cannot be completed as dialed.",
    "vm-invalidpassword": "That is not a valid password. Please try again.",
    "queue-thankyou": "Thank you for your patience.",
    "vm-whichbox": "To leave a message, please enter a mailbox number.",
    "pm-invalid-option": "That option is invalid. Please try again.",
}
ANSWERS = {
    "vm-no": "No.",
    "hello": "Hello.",
    "vm-received": "Received.",
    "digits/today": "Today.",
    "digits/tomorrow": "Tomorrow.",
    "digits/day-1": "Monday.",
    "digits/mon-3": "April.",
    "digits/1": "One.",
    "digits/9": "Nine.",
    "privacy-thankyou": "Thank you.",
    "digits/7": "Seven.",
    "digits/12": "Twelve.",
}
# Spoken into the agent's sentence by somebody who listens: "oh", "em", and what can be
# cut from them. The words are what a caller would mean by such a sound.
BACKCHANNELS = (
    (("digits/oh",), "Oh."),
    (("letters/o",), "Oh."),
    (("letters/m",), "Mm."),
    (("digits/oh", "digits/oh"), "Oh, oh."),
    (("letters/m/end", "letters/m/end"), "Mm-hm."),
    (("letters/a",), "Ah."),
    (("letters/o", "letters/m"), "Oh, mm."),
    (("letters/r",), "Ah."),
)
# The beginning of a real interruption.
INTERRUPTIONS = (
    "im-sorry", "vm-isunavail", "please-try-call-later", "pls-hold-while-try",
    "number-not-answering", "check-number-dial-again", "vm-nobodyavail", "tt-weasels",
    "vm-dialout", "all-circuits-busy-now", "vm-tooshort", "cannot-complete-as-dialed",
    "conf-waitforleader", "queue-thankyou", "dir-nomatch", "vm-invalidpassword",
)  # fmt: skip
WORDS = {
    **TURNS,
    **ANSWERS,
    "im-sorry": "I'm sorry.",
    "vm-isunavail": "Is unavailable.",
}
# Where to pause in mid-sentence: the words before, and the share of the sound they take
# is looked for around the quietest place.
BROKEN = (
    "pls-hold-while-try", "vm-nobodyavail", "conf-onlyperson", "conf-waitforleader",
    "confbridge-only-one", "vm-dialout", "cannot-complete-as-dialed", "privacy-prompt",
    "check-number-dial-again", "please-try-call-later", "dir-nomatch", "vm-whichbox",
    "tt-weasels", "all-circuits-busy-now",
)  # fmt: skip
# Other voices: recording, from and to in seconds, words. What ends in a comma is no turn,
# for the voice goes on as the text does; it is paused in.
OTHERS = {
    "times": ("two_cities", 0.3, 4.95, "It was the best of times, it was the worst of times,"),
    "age": ("two_cities", 4.95, 8.7, "It was the age of wisdom, it was the age of foolishness,"),
    "epoch": ("two_cities", 8.7, 13.2, "It was the epoch of belief, it was the epoch of incredulity,"),
    "season": ("two_cities", 13.2, 17.2, "It was the season of light, it was the season of darkness,"),
    "spring": ("two_cities", 17.2, 20.9, "It was the spring of hope, it was the winter of despair,"),
    "before": ("two_cities", 20.9, 24.5, "We had everything before us, we had nothing before us,"),
    "short": ("two_cities", 28.9, 44.0, "In short, the period was so far like the present period, that some of its noisiest authorities insisted on its being received, for good or for evil, in the superlative degree of comparison only."),
    "america": ("clone-test", 0.4, 4.0, "I do think that America do it very well."),
}  # fmt: skip
# What agents say, for the offline voice.
LINES = (
    "Good morning, thank you for calling. How can I help you today?",
    "Of course, I can tell you. We are open from Monday to Friday.",
    "The dentist can see you on Tuesday, or on Thursday after lunch.",
    "May I have your name and the number of your house, please?",
    "I am sorry, I did not catch that. Could you say it again?",
    "Thank you, I have written that down. Is there anything else?",
)
NUMBERS = ("4155550123", "90210", "2024561111")


class Missing(Exception):
    """The recordings are not installed; the message says how to get them."""


@dataclass(frozen=True)
class Clip:
    """Sound as floats at 16 kHz, and its words."""

    sound: np.ndarray
    words: str

    @property
    def seconds(self) -> float:
        return len(self.sound) / RATE


def clip(name):
    """Return a recording, cut to its speech."""
    return Clip(_trimmed(name), WORDS.get(name, ""))


def other(name):
    """Return a sentence of another voice."""
    recording, start, end, words = OTHERS[name]
    return Clip(
        _cut(_recording(recording)[round(start * RATE) : round(end * RATE)]), words
    )


def number(digits):
    """Return a number said digit by digit, without the melody of a list."""
    gap = np.zeros(RATE // 12, np.float32)
    parts = [part for digit in digits for part in (_trimmed(f"digits/{digit}"), gap)]
    return Clip(np.concatenate(parts[:-1]), " ".join(digits))


def backchannel(names, words):
    """Return a short sound of somebody who listens."""
    gap = np.zeros(RATE // 16, np.float32)
    parts = [part for name in names for part in (_trimmed(name), gap)]
    return Clip(np.concatenate(parts[:-1]), words)


def broken(whole):
    """Return a sentence in two: cut where it is quietest in its middle."""
    powers = _powers(whole.sound)
    first, last = int(len(powers) * 0.35), int(len(powers) * 0.7)
    smooth = np.convolve(powers, np.ones(3) / 3, "same")
    at = first + int(np.argmin(smooth[first:last]))
    words = whole.words.split()
    split = max(1, min(len(words) - 1, round(len(words) * at / len(powers))))
    return (
        Clip(whole.sound[: at * FRAME], " ".join(words[:split]).rstrip(".")),
        Clip(whole.sound[at * FRAME :], " ".join(words[split:])),
    )


def noises():
    """Return sounds of a room that are no words, by name."""
    dice = np.random.default_rng(3)

    def burst(seconds, attack, decay):
        at = np.arange(int(seconds * RATE)) / RATE
        shape = np.minimum(1, at / attack) * np.exp(-at / decay)
        rough = np.convolve(dice.normal(0, 1, len(at)), np.ones(6) / 6, "same")
        return (rough * shape * 0.5).astype(np.float32)

    quiet = np.zeros(RATE // 8, np.float32)
    taps = [x for _ in range(8) for x in (burst(0.04, 0.002, 0.01) * 0.4, quiet)]
    return {
        "door": burst(0.5, 0.004, 0.12),
        "cough": np.concatenate([burst(0.25, 0.03, 0.09), burst(0.3, 0.03, 0.1)]),
        "keyboard": np.concatenate(taps),
        "breath": burst(0.7, 0.3, 0.4) * 0.15,
        "beep": _trimmed("beep"),
        "tones": _trimmed("ascending-2tone"),
        "monkeys": _trimmed("tt-monkeys")[: 2 * RATE],
    }


def noise(seconds, level, seed=5):
    """Return steady noise of a room, falling by 3 dB an octave, of an RMS level."""
    size = int(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(0, 1, size))
    spectrum /= np.sqrt(np.maximum(1, np.arange(len(spectrum))))
    steady = np.fft.irfft(spectrum, size)
    return (steady * (level / np.sqrt(np.mean(steady**2)))).astype(np.float32)


@cache
def _trimmed(name):
    if name.endswith("/end"):
        whole = _trimmed(name.removesuffix("/end"))
        return whole[len(whole) // 2 :]
    for folder in PROMPTS:
        if (folder / f"{name}.wav").exists():
            return _cut(_floats(read(folder / f"{name}.wav", RATE)))
    raise Missing(
        f"No recording {name}.wav. Recorded speech is missing:"
        " apt-get install asterisk-core-sounds-en-wav"
    )


@cache
def _recording(name):
    spec = importlib.util.find_spec("moonshine_voice")
    if spec is None:
        raise Missing("The offline speech models are missing: make setup")
    folder = Path(spec.submodule_search_locations[0], "assets")
    return _floats(read(folder / f"{name}.wav", RATE))


def _cut(sound):
    """Return sound without the silence around its speech."""
    loud = np.flatnonzero(_powers(sound) > LOUD)
    return sound[loud[0] * FRAME : (loud[-1] + 1) * FRAME]


def _floats(pcm):
    return np.frombuffer(pcm, np.int16).astype(np.float32) / 32768


def _powers(sound):
    whole = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    return np.sqrt(np.mean(whole**2, axis=1))


def resampled(sound, rate):
    """Return s16le at a rate."""
    if rate != RATE:
        sound = soxr.resample(sound, RATE, rate)
    return (np.clip(sound, -1, 1) * 32767).astype(np.int16).tobytes()
