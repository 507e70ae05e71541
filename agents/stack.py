"""What a call in one language runs through, and what is to be known about it."""

from dataclasses import dataclass
from typing import Literal

from agents.catalogue import Channel, Coverage
from agents.catalogue.nouns import OFFLINE
from agents.provider_keys import Whose
from billing import rates

CHANNELS: tuple[Channel, ...] = ("stt", "llm", "tts")
REALTIME: Channel = "realtime"
CHANNEL_NAMES = {
    "stt": "Speech recognition",
    "llm": "Language model",
    "tts": "Voice engine",
    "realtime": "Speech to speech",
}
LATENCY_ORDER = ("realtime", "fast", "unknown", "standard")


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know about a stack."""

    severity: Literal["blocker", "warning"]
    channel: Channel
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What one channel runs through."""

    channel: Channel
    provider: str
    provider_name: str
    model: str
    voice: str
    voice_name: str
    whose: Whose
    latency_class: str
    per_minute_micros: int | None
    basis: str
    chosen: bool  # by the customer, not by us
    coverage: Coverage  # of the language
    endpoint: str = ""  # the customer's own server

    @property
    def name(self) -> str:
        """The channel in words."""
        return CHANNEL_NAMES[self.channel]

    @property
    def covers(self) -> bool:
        """Whether it speaks the language, as far as is known."""
        return self.coverage != "none"

    @property
    def is_offline(self) -> bool:
        """Whether it runs on this server without any key."""
        return self.provider == OFFLINE

    @property
    def charged(self) -> bool:
        """Whether we bill it: a customer's own key is billed by its vendor."""
        return self.whose != "own"


@dataclass(frozen=True, slots=True)
class Stack:
    """What a call in one language runs through."""

    language: str
    choices: tuple[Choice, ...]  # ear, mind, mouth; behind a head they take over
    fallbacks: tuple[Choice, ...]
    notices: tuple[Notice, ...]
    rate: rates.Rate
    head: Choice | None = None  # a model that hears, thinks and speaks by itself

    def choice(self, channel: Channel) -> Choice:
        """Return one channel's choice."""
        return next(choice for choice in self.choices if choice.channel == channel)

    @property
    def talking(self) -> tuple[Choice, ...]:
        """What a spoken call goes through."""
        return (self.head,) if self.head else self.choices

    @property
    def latency_class(self) -> str:
        """The slowest channel's class: separate stages add a hop each."""
        return max((c.latency_class for c in self.talking), key=LATENCY_ORDER.index)

    @property
    def is_scripted(self) -> bool:
        """Whether replies come from the playbook's script and no model."""
        return self.head is None and self.choice("llm").is_offline

    @property
    def blockers(self) -> list[Notice]:
        """What keeps a call from working."""
        return [notice for notice in self.notices if notice.severity == "blocker"]
