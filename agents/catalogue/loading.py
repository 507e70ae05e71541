"""Reading and checking the data files."""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import TypeVar

from agents.catalogue.nouns import (
    OFFLINE,
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
_TAG = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")
_UNITS = {
    "minute": "minute",
    "minute (estimate)": "minute",
    "1k_chars": "1k_chars",
    "1k_utf8_bytes": "1k_utf8_bytes",
}
_LATENCY = {"realtime", "fast", "standard"}
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
    providers = {p.id: p for p in _read("providers.csv", _provider)}
    providers[OFFLINE] = Provider(
        OFFLINE, _OFFLINE_NAME, frozenset({"stt", "llm", "tts"}), (), "", ""
    )
    models = [
        *_read("stt_models.csv", lambda row: _speech_model("stt", row)),
        *_read("tts_models.csv", lambda row: _speech_model("tts", row)),
        *(m for m in _read("llm_models.csv", _language_model) if m),
        _brain(),
    ]
    by_provider: dict[tuple[Channel, str], list[Model]] = defaultdict(list)
    for model in models:
        by_provider[model.channel, model.provider].append(model)
    voices: dict[str, list[Voice]] = defaultdict(list)
    for voice in _read("voices.csv", _voice):
        voices[voice.provider].append(voice)
    dates = [m.price.date for m in models if m.price and m.price.date]
    return Catalogue(
        version=max(dates),
        providers=providers,
        models={key: tuple(found) for key, found in by_provider.items()},
        voices={key: tuple(found) for key, found in voices.items()},
        languages={one.tag: one for one in _read("languages.csv", _language)},
    )


def _read(name: str, make: Callable[[Row], Made]) -> Iterator[Made]:
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                yield make(row)
            except (KeyError, ValueError, InvalidOperation) as error:
                raise Broken(f"{name}:{number}: {error}") from error


def _provider(row: Row) -> Provider:
    return Provider(
        id=_required(row, "id"),
        name=_required(row, "display_name"),
        channels=frozenset(row["channels"].split(";")),
        fields=tuple(_field(text) for text in _split(row["credential_fields"], ";")),
        docs_url=row["docs_url"],
        notes=row["notes"],
    )


def _field(text: str) -> CredentialField:
    name, label, *flags = text.split(":")
    if set(flags) - {"yes", "no"}:
        raise ValueError(f"credential field {text} is not name:label:yes|no:yes|no")
    is_secret, is_required = (flag == "yes" for flag in flags)
    return CredentialField(name.strip(), label, is_secret, is_required)


def _speech_model(channel: Channel, row: Row) -> Model:
    return Model(
        channel=channel,
        provider=_required(row, "provider"),
        id=_required(row, "model"),
        languages=_languages(row["languages"]),
        streaming=row["streaming"] == "yes",
        latency_class=_latency(row["latency_class"]),
        price=_price(row),
        notes=row["notes"],
    )


def _language_model(row: Row) -> Model | None:
    if row["realtime_audio"] == "yes":
        return None  # a stack of its own, not a channel of this one
    provider = _required(row, "provider")
    return Model(
        channel="llm",
        provider=_LLM_PROVIDERS.get(provider, provider),
        id=_required(row, "model_id"),
        languages=frozenset(),
        streaming=True,
        latency_class=_latency(row["latency_class"]),
        price=Price(Decimal(0), "tokens", row["source"], _date(row["source_date"])),
        input_usd=_usd(row["price_input_usd_1m"]),
        output_usd=_usd(row["price_output_usd_1m"]),
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
    languages = row["language"].split()
    return Voice(
        provider=_required(row, "provider"),
        id=_required(row, "voice_id"),
        name=_required(row, "name"),
        gender=row["gender"],
        languages=frozenset(tag for tag in languages if tag != "multi"),
        models=frozenset(row["models"].split()),
    )


def _language(row: Row) -> Language:
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
        live_call=row["live_call"] == "yes",
    )


def _required(row: Row, name: str) -> str:
    value = (row[name] or "").strip()
    if not value:
        raise ValueError(f"{name} is empty")
    return value


def _split(text: str, by: str) -> list[str]:
    return [part.strip() for part in (text or "").split(by) if part.count(":") == 3]


def _languages(text: str) -> frozenset[str]:
    return frozenset(w for w in text.split() if _TAG.match(w) and w != "multi")


def _latency(text: str) -> str:
    word = text.split()[0] if text.split() else ""
    return word if word in _LATENCY else "unknown"


def _price(row: Row) -> Price | None:
    unit = _UNITS.get(row["price_unit"])
    if unit is None or row["currency"] != "USD" or row["price"] == "unknown":
        return None
    highest = row["price"].split("-")[-1]  # of a range by plan, the dearest
    return Price(Decimal(highest), unit, row["price_source"], _date(row["price_date"]))


def _usd(text: str) -> Decimal | None:
    return None if text in ("", "unknown", "n/a") else Decimal(text.split("-")[-1])


def _date(text: str) -> str:
    found = _DATE.search(text or "")
    return found[0] if found else ""
