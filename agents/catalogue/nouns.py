"""The catalogue's nouns."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Channel = Literal["stt", "llm", "tts", "realtime"]  # the last does all three
Coverage = Literal["exact", "language", "unknown", "none"]
UNDETERMINED = "und"  # BCP-47: the vendor prints no list of languages
OFFLINE = "local"


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One thing a customer types to connect a provider."""

    name: str
    label: str
    secret: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Provider:
    """A company whose models can be rented, or the offline set."""

    id: str
    name: str
    channels: frozenset[str]
    fields: tuple[CredentialField, ...]
    docs_url: str  # "": there is none
    notes: str


@dataclass(frozen=True, slots=True)
class Price:
    """A list price with where it was read and when."""

    amount: Decimal  # USD for one unit
    unit: str  # "minute", "1k_chars", "1k_utf8_bytes"
    source: str
    date: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model of one channel."""

    channel: Channel
    provider: str
    id: str
    languages: frozenset[str]  # empty: every language
    streaming: bool
    latency_class: str  # "realtime", "fast", "standard", "unknown"
    price: Price | None  # None: unknown, never 0
    # Language models are priced by the million tokens instead.
    input_usd: Decimal | None = None
    output_usd: Decimal | None = None
    # Models that hear and speak are priced by tokens of sound, too.
    audio_input_usd: Decimal | None = None
    cached_audio_input_usd: Decimal | None = None
    audio_output_usd: Decimal | None = None
    tools: bool = True  # may ask for functions, such as ending the call
    notes: str = ""

    def coverage(self, tag: str) -> Coverage:
        """Tell how well the model covers a language tag.

        ``language``: it lists the language, but another country's kind of it. Chinese
        is left out of that: Mandarin and Cantonese are not kinds of one spoken language.
        ``unknown``: its vendor prints no list.
        """
        if UNDETERMINED in self.languages:
            return "unknown"
        primary = tag.split("-")[0]
        if not self.languages or {tag, primary} & self.languages:
            return "exact"
        alike = any(own.split("-")[0] == primary for own in self.languages)
        return "language" if alike and primary != "zh" else "none"

    def speaks(self, tag: str) -> bool:
        """Tell whether the model covers a language tag, or a near kind of it."""
        return self.coverage(tag) != "none"


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of one provider."""

    provider: str
    id: str
    name: str
    gender: str
    languages: frozenset[str]  # empty: multilingual
    models: frozenset[str]  # empty: all of the provider's

    def fits(self, model: str, tag: str) -> bool:
        """Tell whether the voice can speak with a model in a language."""
        speaks = not self.languages or any(
            own == tag or own.split("-")[0] == tag.split("-")[0]
            for own in self.languages
        )
        return speaks and (not self.models or not model or model in self.models)


@dataclass(frozen=True, slots=True)
class Language:
    """A language an agent may speak."""

    tag: str
    name: str
    native_name: str
    rtl: bool
    stt_providers: frozenset[str]
    tts_providers: frozenset[str]
    live_call: bool  # models that calls can run through, at vendors', hear and speak it


@dataclass(frozen=True)
class Catalogue:
    """Everything, by id."""

    version: str  # of the price book: its newest date
    providers: dict[str, Provider]
    models: dict[tuple[Channel, str], tuple[Model, ...]]  # by channel and provider
    voices: dict[str, tuple[Voice, ...]]  # by provider
    languages: dict[str, Language]

    def model(self, channel: Channel, provider: str, model: str) -> Model | None:
        """Return a model, or the provider's first one for an empty name."""
        models = self.models.get((channel, provider), ())
        if not model:
            return models[0] if models else None
        return next((found for found in models if found.id == model), None)

    def providers_of(self, channel: Channel) -> list[Provider]:
        """Return the providers that have models of a channel, offline set first."""
        ids = [p for (c, p), models in self.models.items() if c == channel and models]
        known = [self.providers[p] for p in ids if p in self.providers]
        return sorted(known, key=lambda p: (p.id != OFFLINE, p.name.lower()))
