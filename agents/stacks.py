"""Which recogniser, model and voice a call will run through, and why.

What the customer chose is taken where it runs and covers the language; where nothing was
chosen, the best connected provider is, else the offline set. The Studio shows the result
before a call, and ``runtime`` builds it.
"""

from dataclasses import dataclass, field
from typing import Literal

from accounts.models import Workspace
from agents import catalogue, pricing
from agents.catalogue import Catalogue, Channel, Model, Voice
from agents.catalogue.nouns import OFFLINE
from agents.config import AgentConfig
from agents.provider_keys import Keyring, Whose
from billing import rates
from providers import registry

CHANNELS: tuple[Channel, ...] = ("stt", "llm", "tts")
CHANNEL_NAMES = {
    "stt": "Speech recognition",
    "llm": "Language model",
    "tts": "Voice engine",
}
# Tried in this order where nothing is chosen and a key is there.
PREFERRED: dict[Channel, tuple[tuple[str, str], ...]] = {
    "stt": (("deepgram", "nova-3"), ("openai", "gpt-4o-mini-transcribe")),
    "llm": (
        ("openai", "gpt-4o-mini"),
        ("anthropic", ""),
        ("gemini", "gemini-2.5-flash"),
        ("groq", ""),
        ("cerebras", ""),
        ("mistral", ""),
    ),
    "tts": (
        ("cartesia", "sonic-3"),
        ("elevenlabs", "eleven_flash_v2_5"),
        ("openai", "gpt-4o-mini-tts"),
    ),
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
    covers: bool  # the agent's language

    @property
    def name(self) -> str:
        """The channel in words."""
        return CHANNEL_NAMES[self.channel]

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
    choices: tuple[Choice, ...]
    fallbacks: tuple[Choice, ...]
    notices: tuple[Notice, ...]
    rate: rates.Rate

    def choice(self, channel: Channel) -> Choice:
        """Return one channel's choice."""
        return next(choice for choice in self.choices if choice.channel == channel)

    @property
    def latency_class(self) -> str:
        """The slowest channel's class: separate stages add a hop each."""
        return max((c.latency_class for c in self.choices), key=LATENCY_ORDER.index)

    @property
    def is_scripted(self) -> bool:
        """Whether replies come from the playbook's script and no model."""
        return self.choice("llm").is_offline

    @property
    def blockers(self) -> list[Notice]:
        """What keeps a call from working."""
        return [notice for notice in self.notices if notice.severity == "blocker"]


@dataclass
class _Resolver:
    config: AgentConfig
    language: str
    keyring: Keyring
    book: Catalogue
    notices: list[Notice] = field(default_factory=list)

    def resolve(self) -> Stack:
        choices = tuple(self._choose(channel) for channel in CHANNELS)
        fallbacks = tuple(
            choice
            for channel in CHANNELS
            for choice in self._fallbacks(channel, choices)
        )
        rate = rates.custom(
            [
                rates.Component(
                    choice.channel,
                    f"{choice.provider}/{choice.model}",
                    choice.per_minute_micros,
                    choice.charged,
                    choice.basis,
                )
                for choice in choices
            ],
            price_book=self.book.version,
        )
        return Stack(self.language, choices, fallbacks, tuple(self.notices), rate)

    def _choose(self, channel: Channel) -> Choice:
        wanted = getattr(self.config, f"{channel}_provider")
        if wanted:
            choice = self._wanted(
                channel, wanted, getattr(self.config, f"{channel}_model")
            )
            if choice:
                return choice
        return self._best(channel)

    def _wanted(self, channel: Channel, provider: str, model: str) -> Choice | None:
        known = self.book.providers.get(provider)
        name = known.name if known else provider
        if not registry.supports(channel, provider):
            self._warn(
                channel,
                f"{name} cannot be used here",
                f"Calls run through another provider until you choose one of those"
                f" offered for {CHANNEL_NAMES[channel].lower()}.",
            )
            return None
        if not self.keyring.key_for(provider).works:
            self._warn(
                channel,
                f"{name} is not connected",
                "Add your key under Settings, BYO Providers. Until then calls run"
                " through another provider.",
            )
            return None
        choice = self._make(channel, provider, model, chosen=True)
        if not choice.covers:
            self._warn(
                channel,
                f"{name} does not list {self.language}",
                "It may misunderstand or mispronounce. Choose a provider that covers"
                " the language.",
            )
        return choice

    def _best(self, channel: Channel) -> Choice:
        for provider, model in PREFERRED[channel]:
            if registry.supports(channel, provider) and (
                self.keyring.key_for(provider).works
            ):
                choice = self._make(channel, provider, model)
                if choice.covers:
                    return choice
        choice = self._make(channel, OFFLINE, "")
        if not choice.covers and channel != "tts":
            self.notices.append(
                Notice(
                    "blocker",
                    channel,
                    f"Nothing covers {self.language} for {choice.name.lower()}",
                    "The offline set speaks English only. Connect a provider that"
                    " covers the language under Settings, BYO Providers.",
                )
            )
        return choice

    def _fallbacks(self, channel: Channel, choices: tuple[Choice, ...]) -> list[Choice]:
        used = {choice.provider for choice in choices if choice.channel == channel}
        found = []
        wanted = getattr(self.config, f"{channel}_fallback_provider")
        model = getattr(self.config, f"{channel}_fallback_model") or ""
        if (
            wanted
            and wanted not in used
            and registry.supports(channel, wanted)
            and self.keyring.key_for(wanted).works
        ):
            found.append(self._make(channel, wanted, model, chosen=True))
            used.add(wanted)
        offline = self._make(channel, OFFLINE, "")
        if OFFLINE not in used and offline.covers:
            found.append(offline)  # better a plain voice than none
        return found

    def _make(
        self, channel: Channel, provider: str, model: str, *, chosen: bool = False
    ) -> Choice:
        known = self.book.providers.get(provider)
        found = self.book.model(channel, provider, model)
        voice = self._voice(provider, model) if channel == "tts" else None
        return Choice(
            channel=channel,
            provider=provider,
            provider_name=known.name if known else provider,
            model=model or (found.id if found else ""),
            voice=voice.id if voice else (self.config.voice if chosen else ""),
            voice_name=voice.name if voice else "",
            whose=self.keyring.key_for(provider).whose,
            latency_class=found.latency_class if found else "unknown",
            per_minute_micros=pricing.per_minute_micros(found) if found else None,
            basis=pricing.basis(found) if found else "no published price",
            chosen=chosen,
            covers=found.speaks(self.language) if found else True,
        )

    def _voice(self, provider: str, model: str) -> Voice | None:
        return fitting_voice(self.config.voice, provider, model, self.language)

    def _warn(self, channel: Channel, title: str, detail: str) -> None:
        self.notices.append(Notice("warning", channel, title, detail))


def resolve(
    config: AgentConfig,
    workspace: Workspace | None,
    *,
    language: str = "",
    keyring: Keyring | None = None,
) -> Stack:
    """Resolve the stack for one of the agent's languages, the primary by default."""
    return _Resolver(
        config,
        language or config.language,
        keyring or Keyring(workspace),
        catalogue.load(),
    ).resolve()


def fitting_voice(
    wanted: str, provider: str, model: str, language: str
) -> Voice | None:
    """Return the wanted voice if it fits, else the provider's first that does (P13)."""
    voices = catalogue.load().voices.get(provider, ())
    fitting = [voice for voice in voices if voice.fits(model, language)]
    return next(
        (voice for voice in fitting if voice.id == wanted),
        fitting[0] if fitting else None,
    )


def reset_voice(config: AgentConfig) -> tuple[AgentConfig, str]:
    """Reset a voice that its provider does not have (P13); say so in a sentence.

    A voice id that no catalogue row names may be the customer's own and is left alone,
    unless it is known to be another provider's.
    """
    provider = config.tts_provider or OFFLINE
    if not config.voice:
        return config, ""
    book = catalogue.load()
    owners = {
        owner
        for owner, voices in book.voices.items()
        if any(voice.id == config.voice for voice in voices)
    }
    if provider in owners or not owners:
        return config, ""
    voice = fitting_voice("", provider, config.tts_model, config.language)
    name = book.providers[provider].name if provider in book.providers else provider
    told = voice.name if voice else "its default voice"
    return (
        config.model_copy(update={"voice": voice.id if voice else ""}),
        f"The voice did not belong to {name}, so it was reset to {told}.",
    )


def models_for(channel: Channel, provider: str) -> tuple[Model, ...]:
    """Return the models the picker offers for a provider."""
    return catalogue.load().models.get((channel, provider), ())
