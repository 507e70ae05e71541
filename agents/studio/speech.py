"""The three channels, the voices and the languages as the editor shows them."""

from dataclasses import dataclass
from datetime import timedelta

from agents import catalogue, pricing, stacks
from agents.catalogue import Channel, Language, Model, Voice
from agents.catalogue.nouns import OFFLINE, UNDETERMINED
from agents.config import AgentConfig
from agents.models import Agent
from agents.provider_keys import Keyring
from agents.stack import CHANNEL_NAMES, Choice, Notice, Stack
from billing import skus
from providers import registry

LOOKS: dict[Channel, tuple[str, str]] = {  # icon, colour
    "stt": ("ear", "d2"),
    "llm": ("brain", "d3"),
    "tts": ("voice", "d4"),
    "realtime": ("bolt", "d3"),
}
# A model that hears and speaks is chosen where a language model is.
SETTINGS: dict[Channel, str] = {"realtime": "llm"}
SPEEDS = {
    "realtime": "answers at once",
    "fast": "quick",
    "standard": "takes its time",
    "unknown": "speed not published",
}
# What one gets and what one gives, for the picker.
TRADE_OFFS: dict[tuple[Channel, str], str] = {
    ("stt", OFFLINE): "Free and private: runs on this server. English only, and plainer"
    " on bad lines.",
    ("stt", "deepgram"): "Quick, made for telephone lines, many languages.",
    ("stt", "openai"): "Accurate; most models answer after a sentence, not during it.",
    ("stt", "groq"): "Whisper on fast machines: cheap, but a whole sentence at a time.",
    ("stt", "assemblyai"): "Quick and cheap; English, and five more languages.",
    ("stt", "speechmatics"): "Strong on accents; 50 languages.",
    ("stt", "gladia"): "Over 100 languages.",
    ("stt", "google"): "Many languages; a whole sentence at a time.",
    ("stt", "soniox"): "The cheapest that listens live; 60 languages, mixed too.",
    ("llm", OFFLINE): "No model at all: follows the playbook word for word, free, and"
    " says so when it does not understand.",
    ("llm", "openai"): "Dependable with tools; the small models answer quickest.",
    ("llm", "anthropic"): "Careful, close to instructions; the small models are quick.",
    ("llm", "gemini"): "Quick and cheap in its Flash models.",
    ("llm", "groq"): "Open models on very fast machines.",
    ("llm", "cerebras"): "Open models on very fast machines.",
    ("tts", OFFLINE): "Free and private: runs on this server. One plain English voice.",
    ("tts", "openai"): "Plain and reliable, many languages, cheaper than the premium"
    " voices.",
    ("tts", "deepgram"): "Quick, made for telephone lines; few languages.",
    ("tts", "elevenlabs"): "Premium: the most natural voices. The Flash models speak"
    " soonest.",
    ("tts", "cartesia"): "Premium: the quickest first sound.",
    ("tts", "google"): "Many languages; the Chirp voices are the most natural. A whole"
    " sentence is made before its first sound.",
    ("realtime", "openai"): "Hears tone and speaks with it; remembers only what the"
    " caller heard. The mini models cost a quarter.",
    ("realtime", "gemini"): "Many languages in one call, cheaper sound. Reads the whole"
    " call again for each reply, so long calls cost more.",
}
# Of the offline set's models only these come with the product.
OFFLINE_SET = {"moonshine-tiny-en", "scripted", "hibari"}
SAME_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One channel of the stack."""

    choice: Choice
    fallback: Choice | None
    notices: tuple[Notice, ...]

    @property
    def icon(self) -> str:
        return LOOKS[self.choice.channel][0]

    @property
    def colour(self) -> str:
        return LOOKS[self.choice.channel][1]

    @property
    def speed(self) -> str:
        return SPEEDS[self.choice.latency_class]


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to pay for a minute: a managed stack, or (no id) one put together here."""

    id: str
    name: str
    about: str
    per_minute_micros: int | None  # None: what the parts cost
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Speech:
    """The section's upper half."""

    stack: Stack
    offers: tuple[Offer, ...]
    lines: tuple[Line, ...]
    voices: tuple[Voice, ...]
    reset: str  # what Studio did to the voice, and why

    @property
    def is_managed(self) -> bool:
        """Whether the stack is looked after by somebody else."""
        return any(each.id and each.is_chosen for each in self.offers)

    @property
    def mouth(self) -> Choice:
        return self.stack.head or self.stack.choice("tts")

    @property
    def is_realtime(self) -> bool:
        """Whether one model hears, thinks and speaks."""
        return self.stack.head is not None

    @property
    def parts(self) -> str:
        """What takes over when that model fails."""
        return ", ".join(f"{c.provider_name} {c.model}" for c in self.stack.choices)

    @property
    def unheard_of(self) -> tuple[Notice, ...]:
        """Why a model that hears and speaks was chosen and does not run."""
        notices = self.stack.notices if self.stack.head is None else ()
        return tuple(each for each in notices if each.channel == "realtime")

    @property
    def speed(self) -> str:
        return SPEEDS[self.stack.latency_class]

    @property
    def platform_micros(self) -> int:
        """The flat part of the rate."""
        return sum(
            c.per_minute_micros or 0
            for c in self.stack.rate.components
            if c.channel == "platform"
        )


def of(agent: Agent, config: AgentConfig, stack: Stack) -> Speech:
    """Show what hears, thinks and speaks in the primary language."""
    mouth = stack.head or stack.choice("tts")
    voices = catalogue.load().voices.get(mouth.provider, ())
    return Speech(
        stack,
        _offers(config, stack),
        tuple(_line(stack, choice) for choice in stack.talking),
        tuple(v for v in voices if v.fits(mouth.model, config.language)),
        voice_reset(agent),
    )


def _offers(config: AgentConfig, stack: Stack) -> tuple[Offer, ...]:
    """Return one's own stack and the managed ones; none of these, no choice."""
    chosen = skus.find(config.managed_sku_id)
    managed = tuple(
        Offer(
            sku.id,
            sku.name,
            sku.description if sku.is_offered else "No longer offered",
            sku.price_micros,
            sku == chosen,
        )
        for sku in skus.to_choose_from(chosen)
    )
    if not managed:
        return ()
    own = Offer(
        "",
        "Your own stack",
        "Choose what hears, thinks and speaks, on our keys or on yours",
        None if chosen else stack.rate.per_minute_micros,
        chosen is None,
    )
    return (own, *managed)


def _line(stack: Stack, choice: Choice) -> Line:
    channel = choice.channel
    return Line(
        choice,
        next((c for c in stack.fallbacks if c.channel == channel), None),
        tuple(n for n in stack.notices if n.channel == channel),
    )


def voice_reset(agent: Agent) -> str:
    """Say that the voice was changed because its engine was, until it is published."""
    changes = agent.changes.filter(undone_at=None)
    if agent.published:
        changes = changes.filter(created_at__gt=agent.published.created_at)
    change = changes.filter(field_path="voice").order_by("-id").first()
    if change is None:
        return ""
    cause = changes.filter(
        field_path__in=("tts_provider", "tts_model", "llm_model", "language"),
        created_at__range=(
            change.created_at - SAME_MOMENT,
            change.created_at + SAME_MOMENT,
        ),
    )
    if not cause.exists():
        return ""
    names = voice_names()
    old = names.get(str(change.before), str(change.before))
    new = names.get(str(change.after), str(change.after)) or "the default voice"
    return f"“{old}” does not exist there, so the voice went to {new}."


def voice_names() -> dict[str, str]:
    """Return the names of all voices by id."""
    book = catalogue.load()
    return {v.id: v.name for voices in book.voices.values() for v in voices}


# ---- the picker


@dataclass(frozen=True, slots=True)
class Option:
    """A model one could pick."""

    provider: str
    provider_name: str
    model: Model
    whose: str
    covers: bool
    is_chosen: bool

    @property
    def value(self) -> str:
        return f"{self.provider}/{self.model.id}"

    @property
    def per_minute_micros(self) -> int | None:
        return pricing.per_minute_micros(self.model)

    @property
    def basis(self) -> str:
        return pricing.basis(self.model)

    @property
    def speed(self) -> str:
        return SPEEDS[self.model.latency_class]

    @property
    def trade_off(self) -> str:
        return TRADE_OFFS.get((self.model.channel, self.provider), "")

    @property
    def languages(self) -> int:
        """How many it lists; 0: all, or its vendor prints no list."""
        known = self.model.languages - {UNDETERMINED}
        return len({tag.split("-")[0] for tag in known})


def options(agent: Agent, config: AgentConfig, channel: Channel) -> list[Option]:
    """Return the models of a channel that calls can run through, connected ones first."""
    keyring = Keyring(agent.workspace)
    book = catalogue.load()
    setting = SETTINGS.get(channel, channel)
    chosen = (
        getattr(config, f"{setting}_provider"),
        getattr(config, f"{setting}_model"),
    )
    found = []
    for provider in book.providers_of(channel):
        if not registry.supports(channel, provider.id):
            continue
        for model in stacks.models_for(channel, provider.id):
            if provider.id == OFFLINE and model.id not in OFFLINE_SET:
                continue
            found.append(
                Option(
                    provider.id,
                    provider.name,
                    model,
                    keyring.key_for(provider.id).whose,
                    model.speaks(config.language),
                    chosen in ((provider.id, model.id), (provider.id, ""))
                    and model == book.model(channel, *chosen),
                )
            )
    return sorted(found, key=lambda o: (not o.is_chosen, o.whose == "missing"))


def title(channel: Channel) -> str:
    """Name a channel."""
    return CHANNEL_NAMES[channel]


# ---- languages


@dataclass(frozen=True, slots=True)
class Coverage:
    """One language of the agent and the stack it gets."""

    tag: str
    name: str
    native_name: str
    is_primary: bool
    stack: Stack

    @property
    def tone(self) -> str:
        if self.stack.blockers:
            return "bad"
        return "warn" if self._is_thin else "ok"

    @property
    def speed(self) -> str:
        """How soon it answers: as its slowest channel does."""
        return SPEEDS[self.stack.latency_class]

    @property
    def verdict(self) -> str:
        if self.stack.blockers:
            return "No stack"
        return "Check it" if self._is_thin else "Full"

    @property
    def _is_thin(self) -> bool:
        return bool(self.stack.notices) or not all(
            choice.covers for choice in self.stack.talking
        )


def languages(agent: Agent, config: AgentConfig) -> list[Coverage]:
    """Resolve a stack for each of the agent's languages, the primary first."""
    keyring = Keyring(agent.workspace)
    tags = [config.language, *config.supported_languages]
    return [
        Coverage(
            tag,
            *language_names(tag),
            tag == config.language,
            stacks.resolve(config, agent.workspace, language=tag, keyring=keyring),
        )
        for tag in dict.fromkeys(tags)
    ]


def language_names(tag: str) -> tuple[str, str]:
    """Return a language's English and own name; the tag itself where none is known."""
    known = catalogue.load().languages.get(tag)
    return (known.name, known.native_name) if known else (tag, "")


def speakable() -> int:
    """Return how many languages a call can be held in."""
    return sum(one.live_call for one in catalogue.load().languages.values())


def find_languages(search: str, *, taken: list[str], most: int = 40) -> list[Language]:
    """Return languages by name, own name or tag, best match first."""
    wanted = search.strip().lower()
    found = [
        one
        for one in catalogue.load().languages.values()
        if one.live_call
        and one.tag not in taken
        and wanted in f"{one.name} {one.native_name} {one.tag}".lower()
    ]
    found.sort(key=lambda one: (not one.name.lower().startswith(wanted), one.name))
    return found[:most]
