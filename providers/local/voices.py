"""What can speak without a network: hibari, and two programs of the operating system.

A voice turns one sentence into 16-bit samples. It runs in a worker thread.
"""

import io
import shutil
import subprocess
import tempfile
import threading
import wave
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from providers import audio
from providers.errors import Refused, Unavailable
from providers.local import models

Sound = tuple[bytes, int]  # 16-bit samples, rate
Speak = Callable[[str, float], Sound]  # sentence, speed

_FLITE_VOICES = frozenset({"slt", "rms", "awb", "kal", "kal16"})
# Words that hibari slurs, in its alphabet: as "for" and "it" they are heard on the phone.
_CLEARER = {"fɹʌm": "fɹˌʌm", "ðæt": "ðˌæt"}
_BREATH = 0  # seed of the voice's noise, so that a sentence sounds the same every time
_PROGRAM_SECONDS = 20
_ESPEAK_WORDS_A_MINUTE = 175


def choose(model: str, voice: str, language: str) -> Speak:
    """Return the voice that fits best, or raise ``Refused`` saying how to mend it.

    Unknown voice names get the default voice: a voice of another vendor may be left over
    from before the provider was changed.
    """
    english = language.lower().split("-")[0] in ("en", "")
    if model == "espeak-ng" or not english:
        return _espeak(language)
    if model == "flite" or voice in _FLITE_VOICES:
        return _flite(voice if voice in _FLITE_VOICES else "slt")
    try:
        return hibari()
    except models.Missing:
        for program, fallback in (("flite", _flite), ("espeak-ng", _espeak)):
            if shutil.which(program):
                return fallback("slt" if program == "flite" else language)
        raise


@cache
def hibari() -> Speak:
    """Load hibari, the default voice, once a process. Its downloader is never called."""
    models.folder(models.HIBARI)
    from hibari import Hibari

    engine: Any = Hibari(threads=1)
    lock = threading.Lock()  # its G2P keeps caches that are not made for threads

    def speak(sentence: str, speed: float) -> Sound:
        with lock:
            spoken = engine.phonemize(sentence)
        parts = [
            audio.from_floats(engine.from_phonemes(_clearly(phonemes), speed, _BREATH))
            for phonemes in spoken
        ]
        return b"".join(parts), engine.sample_rate

    speak("Ready.", 1.0)  # the first sentence costs 0.3 s more
    return speak


def _clearly(phonemes: str) -> str:
    return " ".join(_CLEARER.get(word, word) for word in phonemes.split(" "))


def _flite(voice: str) -> Speak:
    program = _program("flite", "apt install flite")

    def speak(sentence: str, speed: float) -> Sound:
        # Flite seeks in both files, so pipes will not do.
        with tempfile.TemporaryDirectory(prefix="rymi-flite-") as folder:
            text, sound = Path(folder, "text"), Path(folder, "sound.wav")
            text.write_text(sentence, "utf-8")
            stretch = f"duration_stretch={1 / speed:.2f}"
            command = [program, "-voice", voice, "--setf", stretch]
            _run([*command, "-f", str(text), "-o", str(sound)], b"")
            return _from_wave(sound.read_bytes())

    return speak


def _espeak(language: str) -> Speak:
    program = _program("espeak-ng", "apt install espeak-ng")
    known = _espeak_languages()
    tag = language.lower()
    name = tag if tag in known else tag.split("-")[0]
    if name not in known:
        raise Refused(
            f"No offline voice speaks {language}. Choose another text-to-speech "
            "provider for this language.",
            provider="local",
        )

    def speak(sentence: str, speed: float) -> Sound:
        pace = str(round(_ESPEAK_WORDS_A_MINUTE * speed))
        command = [program, "-v", name, "-s", pace, "--stdin", "--stdout"]
        return _from_wave(_run(command, sentence.encode()))

    return speak


@cache
def _espeak_languages() -> frozenset[str]:
    out = subprocess.run(  # noqa: S603  # fixed arguments
        [_program("espeak-ng", "apt install espeak-ng"), "--voices"],
        capture_output=True,
        text=True,
        timeout=_PROGRAM_SECONDS,
        check=True,
    ).stdout
    return frozenset(line.split()[1] for line in out.splitlines()[1:] if line.strip())


def _program(name: str, mend: str) -> str:
    if path := shutil.which(name):
        return path
    raise Refused(
        f"The program {name} is not installed, so there is no offline voice for this. "
        f"Run: {mend}.",
        provider="local",
    )


def _run(command: list[str], text: bytes) -> bytes:
    try:
        return subprocess.run(  # noqa: S603  # the text is no part of the command
            command,
            input=text,
            capture_output=True,
            timeout=_PROGRAM_SECONDS,
            check=True,
        ).stdout
    except (subprocess.SubprocessError, OSError) as error:
        raise Unavailable(f"{command[0]} failed: {error}", provider="local") from error


def _from_wave(data: bytes) -> Sound:
    with wave.open(io.BytesIO(data)) as file:
        # A program that writes to a pipe does not know the length it has to state.
        header = data.index(b"data") + 8
        return data[header : len(data) - (len(data) - header) % 2], file.getframerate()
