"""Reading and checking the data files."""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import TypeVar

from agents.catalogue import adapters
from agents.catalogue.nouns import (
    OFFLINE,
    UNDETERMINED,
    Catalogue,
    Channel,
    CredentialField,
    Language,
    Model,
    Price,
    Provider,
    Voice,
)

DATA = Path(__file__).parent / "data"
_MULTI = re.compile(r"^multi(:\d+)?$")
_TAG = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")
_UNITS = {
    "minute": "minute",
    "minute (estimate)": "minute",
    "1k_chars": "1k_chars",
    "1k_utf8_bytes": "1k_utf8_bytes",
}
_LATENCY = {
    "realtime": "realtime",
    "fast": "fast",
    "fastest": "fast",
    "low": "fast",
    "tok/s": "fast",
    "standard": "standard",
    "moderate": "standard",
    "slower": "standard",
}
# Google's language models are called gemini by agents and the public API.
_LLM_PROVIDERS = {"google": "gemini"}
_OFFLINE_NAME = "Offline (this server)"

Row = dict[str, str]
Made = TypeVar("Made")


class Broken(ValueError):
    """A row of a data file is wrong; the message names file and line."""


@cache
def load() -> Catalogue:
    """Read and check every file, once a process."""
    return read(DATA)


def read(folder: Path) -> Catalogue:
    """Read and check the files of a folder; raise ``Broken`` for the first bad row."""
    files = _Files(folder)
    providers = {p.id: p for p in files.rows("providers.csv", _provider, _id)}
    providers[OFFLINE] = Provider(
        OFFLINE, _OFFLINE_NAME, frozenset({"stt", "llm", "tts"}), (), "", ""
    )
    models = [
        *files.rows("stt_models.csv", lambda row: _speech_model("stt", row), _of),
        *files.rows("tts_models.csv", lambda row: _speech_model("tts", row), _of),
        *files.rows("llm_models.csv", _language_model, _of),
        _brain(),
    ]
    by_provider: dict[tuple[Channel, str], list[Model]] = defaultdict(list)
    for model in models:
        by_provider[model.channel, model.provider].append(model)
    voices: dict[str, list[Voice]] = defaultdict(list)
    for voice in files.rows("voices.csv", _voice, _of):
        voices[voice.provider].append(voice)
    dates = [m.price.date for m in models if m.price and m.price.date]
    return Catalogue(
        version=max(dates),
        providers=providers,
        models={key: tuple(found) for key, found in by_provider.items()},
        voices={key: tuple(found) for key, found in voices.items()},
        languages={
            one.tag: one
            for one in files.rows(
                "languages.csv", _Languages(models).read, lambda one: one.tag
            )
        },
    )


class _Files:
    """The data files of a folder, read strictly."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def rows(
        self,
        name: str,
        make: Callable[[Row], Made],
        key: Callable[[Made], object],
    ) -> Iterator[Made]:
        """Make a noun of each row; ``key`` must be there once only."""
        seen: dict[object, int] = {}
        with (self._folder / name).open(newline="", encoding="utf-8") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                try:
                    made = make(_whole(row))
                    if made is not None:
                        before = seen.setdefault(key(made), number)
                        if before != number:
                            raise ValueError(f"the same as line {before}")
                except KeyError as missing:
                    raise Broken(f"{name}:{number}: no column {missing}") from missing
                except (ValueError, InvalidOperation) as error:
                    raise Broken(f"{name}:{number}: {error}") from error
                yield made


def _whole(row: Row) -> Row:
    if None in row or None in row.values():
        raise ValueError("not as many columns as the heading")
    return row


def _id(made: Provider) -> object:
    return made.id


def _of(made: Model | Voice | None) -> object:
    return made and (made.provider, made.id)


def _provider(row: Row) -> Provider:
    return Provider(
        id=_required(row, "id"),
        name=_required(row, "display_name"),
        channels=frozenset(row["channels"].split(";")),
        fields=tuple(_field(text) for text in _split(row["credential_fields"])),
        docs_url="" if row["docs_url"] == "unknown" else row["docs_url"],
        notes=row["notes"],
    )


def _field(text: str) -> CredentialField:
    """Read ``name:label:secret:required``; the label may hold colons itself."""
    name, _, rest = text.partition(":")
    label, *flags = rest.rsplit(":", 2)
    if len(flags) != 2 or set(flags) - {"yes", "no"}:
        raise ValueError(f"credential field {text} is not name:label:yes|no:yes|no")
    is_secret, is_required = (flag == "yes" for flag in flags)
    return CredentialField(name.strip(), label, is_secret, is_required)


def _speech_model(channel: Channel, row: Row) -> Model:
    return Model(
        channel=channel,
        provider=_required(row, "provider"),
        id=_required(row, "model"),
        languages=_languages(row["languages"]),
        streaming=_is_yes(row, "streaming"),
        latency_class=_latency(row["latency_class"]),
        price=_price(row),
        notes=row["notes"],
    )


def _language_model(row: Row) -> Model:
    provider = _required(row, "provider")
    is_realtime = _is_yes(row, "realtime_audio")
    return Model(
        channel="realtime" if is_realtime else "llm",
        provider=_LLM_PROVIDERS.get(provider, provider),
        id=_required(row, "model_id"),
        # Vendors print no list of what these understand.
        languages=frozenset({UNDETERMINED}) if is_realtime else frozenset(),
        streaming=True,
        latency_class=_latency(row["latency_class"]),
        price=Price(Decimal(0), "tokens", row["source"], _date(row["source_date"])),
        input_usd=_usd(row["price_input_usd_1m"]),
        output_usd=_usd(row["price_output_usd_1m"]),
        audio_input_usd=_usd(row["price_audio_input_usd_1m"]),
        cached_audio_input_usd=_usd(row["price_audio_cached_input_usd_1m"]),
        audio_output_usd=_usd(row["price_audio_output_usd_1m"]),
        tools=row["tools"] != "no",
        notes=row["notes"],
    )


def _brain() -> Model:
    return Model(
        channel="llm",
        provider=OFFLINE,
        id="scripted",
        languages=frozenset({"en"}),
        streaming=True,
        latency_class="realtime",
        price=Price(Decimal(0), "tokens", "self-hosted", ""),
        input_usd=Decimal(0),
        output_usd=Decimal(0),
        notes="Follows the playbook word for word; it is a script, not a model.",
    )


def _voice(row: Row) -> Voice:
    return Voice(
        provider=_required(row, "provider"),
        id=_required(row, "voice_id"),
        name=_required(row, "name"),
        gender=row["gender"],
        languages=_languages(row["language"]),
        models=frozenset(row["models"].split()),
    )


class _Languages:
    """Reads languages, and finds out which of them calls can be held in."""

    def __init__(self, models: list[Model]) -> None:
        rented = list(filter(adapters.is_rented, models))
        self._ears = [one for one in rented if one.channel == "stt"]
        self._mouths = [one for one in rented if one.channel == "tts"]

    def read(self, row: Row) -> Language:
        tag = _required(row, "tag")
        if not _TAG.match(tag):
            raise ValueError(f"{tag} is not a BCP-47 tag")
        return Language(
            tag=tag,
            name=_required(row, "english_name"),
            native_name=row["native_name"] or row["english_name"],
            rtl=row["rtl"] == "yes",
            stt_providers=frozenset(row["stt_providers"].split()),
            tts_providers=frozenset(row["tts_providers"].split()),
            live_call=all(_covers(each, tag) for each in (self._ears, self._mouths)),
        )


def _covers(models: list[Model], tag: str) -> bool:
    """Tell whether one of the models lists a language, or a near kind of it."""
    return any(one.coverage(tag) in ("exact", "language") for one in models)


def _required(row: Row, name: str) -> str:
    value = (row[name] or "").strip()
    if not value:
        raise ValueError(f"{name} is empty")
    return value


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _is_yes(row: Row, name: str) -> bool:
    if row[name] not in ("yes", "no", "unknown"):
        raise ValueError(f"{name} is {row[name]!r}, not yes, no or unknown")
    return row[name] == "yes"


def _languages(text: str) -> frozenset[str]:
    """Read tags; ``multi:<n>`` tells that one session serves all of them."""
    if text == "unknown":
        return frozenset({UNDETERMINED})
    words = [word for word in text.split() if not _MULTI.match(word)]
    if wrong := [word for word in words if not _TAG.match(word)]:
        raise ValueError(f"{wrong[0]} is not a BCP-47 tag")
    return frozenset(words)


def _latency(text: str) -> str:
    """Grade what a source says of a model's speed: its first word that tells."""
    graded = (_LATENCY.get(word) for word in re.findall(r"[a-z/]+", text.lower()))
    return next((grade for grade in graded if grade), "unknown")


def _price(row: Row) -> Price | None:
    """Read a price; None where it is unknown or in another currency, never 0."""
    if row["price_unit"] != "unknown" and row["price_unit"] not in _UNITS:
        raise ValueError(f"price_unit {row['price_unit']!r} is none that we can count")
    if row["price"] == "unknown" or row["currency"] != "USD":
        return None
    highest = Decimal(row["price"].split("-")[-1])  # of a range by plan, the dearest
    if highest < 0:
        raise ValueError("a price below nothing")
    date = _date(row["price_date"])
    if not date:
        raise ValueError("a price without the date it was read")
    return Price(highest, _UNITS[row["price_unit"]], row["price_source"], date)


def _usd(text: str) -> Decimal | None:
    return None if text in ("", "unknown", "n/a") else Decimal(text.split("-")[-1])


def _date(text: str) -> str:
    found = _DATE.search(text or "")
    return found[0] if found else ""
