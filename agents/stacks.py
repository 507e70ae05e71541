"""Which recogniser, model and voice a call will run through, and why.

What the customer chose is taken where it runs and covers the language; where nothing was
chosen, the best connected provider is, then a language model on a server of the
operator's own, then the offline set. The Studio shows the result before a call, and
``runtime`` builds it.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from accounts.models import Workspace
from agents import catalogue, local_model, pricing, voices
from agents.catalogue import Catalogue, Channel, Coverage, Model
from agents.catalogue.nouns import OFFLINE
from agents.config import AgentConfig
from agents.provider_keys import Keyring, Whose
from billing import plans, rates, skus
from billing.models import ManagedSku
from providers import registry

CHANNELS: tuple[Channel, ...] = ("stt", "llm", "tts")
REALTIME: Channel = "realtime"
CHANNEL_NAMES = {
    "stt": "Speech recognition",
    "llm": "Language model",
    "tts": "Voice engine",
    "realtime": "Speech to speech",
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
# Where a customer's own server is used, by the setting that holds its address.
ENDPOINTS: dict[Channel, tuple[str, str]] = {
    "stt": ("custom-transcriber", "custom_transcriber_url"),
    "llm": ("custom-llm", "custom_llm_url"),
    "tts": ("custom-voice", "custom_voice_url"),
}
# Of the offline set's models these can run here; the last only where it is installed.
OFFLINE_MODELS: dict[Channel, tuple[str, ...]] = {
    "stt": ("moonshine-tiny-en",),
    "llm": ("scripted",),
    "tts": ("hibari", "espeak-ng"),
}
# Models of providers we have adapters for that answer to another protocol.
NO_ADAPTER = frozenset(
    {
        ("stt", "openai", "gpt-live-transcribe"),  # the realtime API only
        # These take recordings, or are not known to listen live.
        ("stt", "assemblyai", "universal-2"),
        ("stt", "gladia", "solaria-3"),
        ("stt", "soniox", "stt-async-v5"),
    }
)
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


@dataclass
class _Resolver:
    config: AgentConfig
    language: str
    keyring: Keyring
    book: Catalogue
    notices: list[Notice] = field(default_factory=list)
    head_provider: str = ""

    def resolve(self) -> Stack:
        head = self._head()
        self.head_provider = head.provider if head else ""
        told = len(self.notices)
        choices = tuple(self._choose(channel) for channel in CHANNELS)
        for choice in choices:
            self._look_at(choice)
        fallbacks = tuple(
            choice
            for channel in CHANNELS
            for choice in self._fallbacks(channel, choices)
        )
        if head:
            self._speak_of_parts_behind(head, told)
        rate = rates.custom(
            [_component(choice) for choice in ((head,) if head else choices)],
            price_book=self.book.version,
        )
        return Stack(self.language, choices, fallbacks, tuple(self.notices), rate, head)

    # ---- a head

    def _head(self) -> Choice | None:
        """Return the model that hears and speaks, if one was chosen and runs."""
        provider, model = self.config.llm_provider, self.config.llm_model
        if self.config.custom_llm_url or not is_realtime(provider, model):
            return None
        reason = self._unavailable(provider)
        if reason:
            title, detail = reason
            self._warn(REALTIME, title, detail)
            return None
        head = self._make(REALTIME, provider, model, chosen=True)
        self._look_at(head)
        return head

    def _unavailable(self, provider: str) -> tuple[str, str] | None:
        name = self._name(provider)
        until = "Until then calls run through recognition, model and voice apart."
        if not registry.supports("realtime", provider):
            return (
                f"{name} cannot be used here for speech to speech",
                f"Choose a model of another provider. {until}",
            )
        if not self.keyring.key_for(provider).works:
            return (
                f"{name} is not connected",
                f"Add your key under Settings, BYO Providers. {until}",
            )
        return None

    def _speak_of_parts_behind(self, head: Choice, told: int) -> None:
        """What is doubtful about parts that only take over matters little; that they
        could not take over does."""
        behind = self.notices[told:]
        del self.notices[told:]
        if any(notice.severity == "blocker" for notice in behind):
            self._warn(
                REALTIME,
                f"Nothing takes over if {head.provider_name} fails in mid-call",
                f"Recognition, model and voice apart do not cover {self.language}."
                " Connect providers that do under Settings, BYO Providers.",
            )

    # ---- choosing

    def _choose(self, channel: Channel) -> Choice:
        provider, setting = ENDPOINTS[channel]
        if url := getattr(self.config, setting):
            model = getattr(self.config, f"{channel}_model")
            return self._make(channel, provider, model, chosen=True, endpoint=url)
        wanted = getattr(self.config, f"{channel}_provider")
        model = getattr(self.config, f"{channel}_model")
        if channel == "llm" and is_realtime(wanted, model):
            wanted = self.config.llm_fallback_provider or ""
            model = self.config.llm_fallback_model or ""
        choice = self._wanted(channel, wanted, model) if wanted else None
        return choice or self._best(channel)

    def _wanted(self, channel: Channel, provider: str, model: str) -> Choice | None:
        name = self._name(provider)
        if not registry.supports(channel, provider):
            self._warn(
                channel,
                f"{name} cannot be used here",
                "Calls run through another provider until you choose one of those"
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
        if choice.is_offline and not choice.covers:
            return None  # it cannot even try
        return choice

    def _best(self, channel: Channel) -> Choice:
        """Return the best that is connected; behind a head, of another provider than
        its own if there is one, which may be down when this is needed."""
        fitting = [choice for choice in self._connected(channel) if choice.covers]
        apart = [each for each in fitting if each.provider != self.head_provider]
        return next(iter(apart or fitting), None) or self._offline(channel)

    def _connected(self, channel: Channel) -> Iterator[Choice]:
        for provider, model in PREFERRED[channel]:
            if self._can_run(channel, provider):
                named = self.book.model(channel, provider, model)
                fits = named is not None and named.speaks(self.language)
                yield self._make(channel, provider, model if fits else "")
        if channel == "llm" and self.keyring.key_for(local_model.PROVIDER).works:
            yield self._make(channel, local_model.PROVIDER, local_model.found())

    def _offline(self, channel: Channel) -> Choice:
        choice = self._make(channel, OFFLINE, "")
        if not choice.covers:
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
        if wanted and wanted not in used:
            if self._can_run(channel, wanted):
                found.append(self._make(channel, wanted, model, chosen=True))
                used.add(wanted)
            else:
                self._warn(
                    channel,
                    f"The fallback {self._name(wanted)} is not connected",
                    "Add your key under Settings, BYO Providers. Until then there is"
                    " nothing to fall back on but the offline set.",
                )
        offline = self._make(channel, OFFLINE, "")
        if OFFLINE not in used and offline.covers:
            found.append(offline)  # better a plain voice than none
        return found

    def _can_run(self, channel: Channel, provider: str) -> bool:
        return (
            registry.supports(channel, provider)
            and self.keyring.key_for(provider).works
        )

    # ---- making

    def _make(
        self,
        channel: Channel,
        provider: str,
        model: str,
        *,
        chosen: bool = False,
        endpoint: str = "",
    ) -> Choice:
        found = self._model(channel, provider, model)
        model = model or (found.id if found else "")
        voice = voices.Pick("", "")
        if channel in ("tts", REALTIME):
            voice = voices.pick(
                self.config.voice,
                provider,
                model,
                self.language,
                is_chosen=chosen and channel == "tts",
            )
        key = self.keyring.key_for(provider)
        coverage = found.coverage(self.language) if found else "unknown"
        is_own_server = bool(endpoint) or key.whose == "server"
        return Choice(
            channel=channel,
            provider=provider,
            provider_name=self._name(provider),
            model=model,
            voice=voice.id,
            voice_name=voice.name,
            whose="own" if endpoint else key.whose,
            latency_class=found.latency_class if found else "unknown",
            per_minute_micros=0 if is_own_server else pricing.per_minute_micros(found),
            basis="an own server" if is_own_server else pricing.basis(found),
            chosen=chosen,
            coverage=coverage,
            endpoint=endpoint,
        )

    def _model(self, channel: Channel, provider: str, model: str) -> Model | None:
        """Return the model; where none is named, the first that fits best."""
        if model:
            return self.book.model(channel, provider, model)
        offered = models_for(channel, provider)
        ranks = ("exact", "language", "unknown", "none")
        return min(
            offered,
            key=lambda one: (
                ranks.index(one.coverage(self.language)),
                channel == "tts"
                and not voices.fitting(provider, one.id, self.language),
            ),
            default=None,
        )

    def _name(self, provider: str) -> str:
        known = self.book.providers.get(provider)
        return known.name if known else provider

    # ---- saying

    def _look_at(self, choice: Choice) -> None:
        """Say what is doubtful about a choice that will run."""
        channel, name = choice.channel, choice.provider_name
        if choice.coverage == "none" and not choice.is_offline:
            self._warn(
                channel,
                f"{name} does not list {self.language}",
                "It may misunderstand or mispronounce. Choose a provider that covers"
                " the language.",
            )
        if choice.channel == "tts" and choice.model == "espeak-ng":
            self._warn(
                channel,
                f"The offline voice for {self.language} is a robot's",
                "Connect a voice engine under Settings, BYO Providers.",
            )
        found = self.book.model(channel, choice.provider, choice.model)
        if found and not found.tools and not choice.is_offline:
            self._warn(
                channel,
                f"{found.id} cannot use tools",
                "It cannot hang up by itself or look anything up. Choose another model.",
            )
        if key_error := self.keyring.key_for(choice.provider).error:
            self._warn(channel, f"{name} refused the key", key_error)
        speaks = channel in ("tts", REALTIME)
        if speaks and choice.voice_name and self._is_replaced(choice):
            self._warn(
                channel,
                f"{choice.voice_name} speaks",
                f"The voice that was chosen is not one of {name}.",
            )

    def _is_replaced(self, choice: Choice) -> bool:
        wanted = self.config.voice
        return bool(wanted) and choice.voice != wanted

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
    sku = skus.find(config.managed_sku_id)
    if sku is not None:
        config, keyring = _managed(config, sku), Keyring(None)
    stack = _Resolver(
        config,
        language or config.language,
        keyring or Keyring(workspace),
        catalogue.load(),
    ).resolve()
    if sku is not None:
        return replace(
            stack,
            rate=skus.rate(sku),
            notices=(*stack.notices, *_not_as_sold(stack, sku)),
        )
    if config.managed_sku_id:
        return replace(stack, notices=(*stack.notices, _no_such(config.managed_sku_id)))
    return replace(stack, notices=(*stack.notices, *_not_in_plan(stack, workspace)))


def keyring_of(config: AgentConfig, workspace: Workspace | None) -> Keyring:
    """Return the keys an agent runs on: a managed stack on the operator's alone."""
    is_managed = skus.find(config.managed_sku_id) is not None
    return Keyring(None if is_managed else workspace)


def _managed(config: AgentConfig, sku: ManagedSku) -> AgentConfig:
    """Return the agent as it runs on a managed stack, whatever it chose before."""
    update: dict[str, str | None] = {setting: None for _, setting in ENDPOINTS.values()}
    for channel in CHANNELS:
        provider, _, model = sku.stack.get(channel, "").partition("/")
        update[f"{channel}_provider"] = provider
        update[f"{channel}_model"] = model
        update[f"{channel}_fallback_provider"] = None
    return config.model_copy(update=update)


def _not_as_sold(stack: Stack, sku: ManagedSku) -> Iterator[Notice]:
    """Refuse to run, at its price, anything else than the managed stack."""
    sold = {**sku.stack, REALTIME: sku.stack.get("llm", "")}
    for choice in stack.talking:
        wanted = sold.get(choice.channel, "").partition("/")[0]
        if wanted and choice.provider != wanted:
            yield Notice(
                "blocker",
                choice.channel,
                f"The managed stack {sku.name} cannot run here",
                f"This server has no key for {wanted}. Whoever runs it adds one, or"
                " choose your own stack.",
            )


def _not_in_plan(stack: Stack, workspace: Workspace | None) -> Iterator[Notice]:
    """Refuse servers of the customer's own where the plan has none."""
    own = [choice for choice in stack.choices if choice.endpoint]
    if not own or workspace is None or plans.limits(workspace).custom_endpoints:
        return
    for choice in own:
        yield Notice(
            "blocker",
            choice.channel,
            "Your plan has no servers of your own",
            f"{choice.name} runs at {choice.endpoint}. Change to a plan that allows it,"
            " or choose a provider.",
        )


def _no_such(sku_id: str) -> Notice:
    return Notice(
        "blocker",
        "llm",
        f"There is no managed stack “{sku_id[:40]}”",
        "Choose another one, or your own stack.",
    )


def options(choice: Choice, keyring: Keyring) -> registry.Options:
    """Return what ``registry.build`` needs for a choice: whose key, and where."""
    key = keyring.key_for(choice.provider)
    credentials = dict(key.credentials)
    if choice.endpoint:
        credentials["url"] = choice.endpoint
    return {
        "credentials": credentials,
        "base_url": key.base_url,
        "model": choice.model,
    }


def models_for(channel: Channel, provider: str) -> tuple[Model, ...]:
    """Return the models of a provider that calls can run through."""
    models = catalogue.load().models.get((channel, provider), ())
    if provider == OFFLINE:
        return tuple(m for m in models if _is_here(channel, m.id))
    return tuple(m for m in models if (channel, provider, m.id) not in NO_ADAPTER)


def _is_here(channel: Channel, model: str) -> bool:
    if model == "espeak-ng":
        return shutil.which("espeak-ng") is not None
    return model in OFFLINE_MODELS[channel]


def is_realtime(provider: str, model: str) -> bool:
    """Tell whether a model is one that hears and speaks by itself."""
    book = catalogue.load()
    return bool(model) and book.model(REALTIME, provider, model) is not None


def reset_voice(config: AgentConfig) -> tuple[AgentConfig, str]:
    """Reset a voice that no longer fits its engine or language (P13); say so."""
    provider, model = config.tts_provider, config.tts_model
    has_head = is_realtime(config.llm_provider, config.llm_model)
    if has_head:
        provider, model = config.llm_provider, config.llm_model
    if not config.voice or not provider:
        return config, ""  # left to us: each call picks a voice that fits
    picked = voices.pick(
        config.voice, provider, model, config.language, is_chosen=not has_head
    )
    if picked.id == config.voice:
        return config, ""
    known = catalogue.load().providers.get(provider)
    name = known.name if known else provider
    return (
        config.model_copy(update={"voice": picked.id}),
        f"The voice did not fit {name}, so it was reset to"
        f" {picked.name or 'its default voice'}.",
    )


def _component(choice: Choice) -> rates.Component:
    return rates.Component(
        choice.channel,
        f"{choice.provider}/{choice.model}",
        choice.per_minute_micros,
        choice.charged,
        choice.basis,
    )
