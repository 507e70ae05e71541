"""Which recogniser, model and voice a call will run through, and why.

What the customer chose is taken where it runs and covers the language; where nothing was
chosen, the best connected provider is (``PREFERRED`` in its order, then every other, the
quickest and cheapest first), then a language model on a server of the operator's own,
then the offline set. The Studio shows the result before a call, and
``runtime`` builds it.
"""

import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from accounts.models import Workspace
from agents import catalogue, local_model, pricing, stack_notices, voices
from agents.catalogue import Catalogue, Channel, Model, adapters
from agents.catalogue.nouns import OFFLINE, Coverage
from agents.config import AgentConfig
from agents.provider_keys import Keyring
from agents.stack import CHANNELS, LATENCY_ORDER, REALTIME, Choice, Notice, Stack
from billing import rates, skus
from billing.models import ManagedSku
from providers import registry

# Tried in this order, before all others, where nothing is chosen and a key is there.
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
COVERAGE_ORDER: tuple[Coverage, ...] = ("exact", "language", "unknown", "none")


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
        if not self._is_usable(REALTIME, provider):
            return None
        head = self._make(REALTIME, provider, model, chosen=True)
        self._look_at(head)
        return head

    def _speak_of_parts_behind(self, head: Choice, told: int) -> None:
        """What is doubtful about parts that only take over matters little; that they
        could not take over does."""
        behind = self.notices[told:]
        del self.notices[told:]
        if any(notice.severity == "blocker" for notice in behind):
            self.notices.append(stack_notices.nothing_takes_over(head, self.language))

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
        if not self._is_usable(channel, provider):
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
        yield from sorted(self._others(channel), key=self._worth)
        if channel == "llm" and self.keyring.key_for(local_model.PROVIDER).works:
            yield self._make(channel, local_model.PROVIDER, local_model.found())

    def _others(self, channel: Channel) -> Iterator[Choice]:
        """Make what else is connected; servers of one's own are chosen by address."""
        apart = {OFFLINE, ENDPOINTS[channel][0], *dict(PREFERRED[channel])}
        for provider in registry.providers(channel):
            if provider in apart or not self._can_run(channel, provider):
                continue
            if models_for(channel, provider):  # else nobody could say which to run
                yield self._make(channel, provider, "")

    def _worth(self, choice: Choice) -> tuple[bool, bool, int, int, float, str]:
        """Return what sorts a better choice before a worse one: one that has a voice,
        may use tools and lists the language; then the quicker, then the cheaper."""
        channel, provider, model = choice.channel, choice.provider, choice.model
        found = self.book.model(channel, provider, model)
        mute = channel == "tts" and not voices.fitting(provider, model, self.language)
        price = choice.per_minute_micros
        return (
            mute,
            found is not None and not found.tools,
            COVERAGE_ORDER.index(choice.coverage),
            LATENCY_ORDER.index(choice.latency_class),
            math.inf if price is None else price,
            provider,
        )

    def _offline(self, channel: Channel) -> Choice:
        choice = self._make(channel, OFFLINE, "")
        if not choice.covers:
            self.notices.append(stack_notices.nothing_covers(choice, self.language))
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
                name = self._name(wanted)
                self.notices.append(stack_notices.no_fallback(channel, name))
        offline = self._make(channel, OFFLINE, "")
        if OFFLINE not in used and offline.covers:
            found.append(offline)  # better a plain voice than none
        return found

    def _is_usable(self, channel: Channel, provider: str) -> bool:
        """Tell whether what was chosen can run; say so where it cannot."""
        name = self._name(provider)
        if not registry.supports(channel, provider):
            self.notices.append(stack_notices.cannot_be_used(channel, name))
            return False
        if not self.keyring.key_for(provider).works:
            self.notices.append(stack_notices.not_connected(channel, name))
            return False
        return True

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
        return min(
            offered,
            key=lambda one: (
                COVERAGE_ORDER.index(one.coverage(self.language)),
                channel == "tts"
                and not voices.fitting(provider, one.id, self.language),
            ),
            default=None,
        )

    def _name(self, provider: str) -> str:
        known = self.book.providers.get(provider)
        return known.name if known else provider

    def _look_at(self, choice: Choice) -> None:
        """Say what is doubtful about a choice that will run."""
        self.notices += stack_notices.doubts(
            choice,
            language=self.language,
            model=self.book.model(choice.channel, choice.provider, choice.model),
            key_error=self.keyring.key_for(choice.provider).error,
            wanted_voice=self.config.voice,
        )


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
        told = stack_notices.not_as_sold(stack, sku)
        return replace(stack, rate=skus.rate(sku), notices=(*stack.notices, *told))
    if config.managed_sku_id:
        no_such = stack_notices.no_such_sku(config.managed_sku_id)
        return replace(stack, notices=(*stack.notices, no_such))
    told = stack_notices.not_in_plan(stack, workspace)
    return replace(stack, notices=(*stack.notices, *told))


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
    return tuple(filter(adapters.answers, models))


def _is_here(channel: Channel, model: str) -> bool:
    if model == "espeak-ng":
        return shutil.which("espeak-ng") is not None
    return model in OFFLINE_MODELS[channel]


def is_realtime(provider: str, model: str) -> bool:
    """Tell whether a model is one that hears and speaks by itself."""
    book = catalogue.load()
    return bool(model) and book.model(REALTIME, provider, model) is not None


def reset_voice(config: AgentConfig) -> tuple[AgentConfig, str]:
    """Reset a voice that no longer fits its engine or language; say so."""
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
