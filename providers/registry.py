"""Which providers there are: catalogue id and channel → a factory, imported on first use.

No environment and no settings are read here: keys, addresses and models are handed in.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Literal, TypedDict, Unpack, cast, overload

from providers import addresses
from providers.account import Account
from providers.errors import Refused
from providers.ports import (
    Embedder,
    EndOfTurnModel,
    LanguageModel,
    RealtimeMind,
    SpeechToText,
    TextToSpeech,
    VoiceActivityDetector,
)

Channel = Literal["stt", "llm", "tts", "realtime", "embedder"]

_FACTORIES: dict[tuple[str, str], str] = {
    ("stt", "local"): "providers.local.stt:build",
    ("tts", "local"): "providers.local.tts:build",
    ("embedder", "local"): "providers.local.embedder:build",
    ("llm", "local"): "providers.registry:_offline_brain",
    ("stt", "scripted"): "providers.scripted.vendor:speech_to_text",
    ("llm", "scripted"): "providers.scripted.vendor:language_model",
    ("tts", "scripted"): "providers.scripted.vendor:text_to_speech",
    ("llm", "anthropic"): "providers.anthropic.llm:build",
    ("stt", "deepgram"): "providers.deepgram.stt:build",
    ("tts", "deepgram"): "providers.deepgram.tts:build",
    ("tts", "cartesia"): "providers.cartesia.tts:build",
    ("tts", "elevenlabs"): "providers.elevenlabs.tts:build",
    ("stt", "openai"): "providers.openai.stt:build",
    ("stt", "groq"): "providers.openai.stt:build",
    ("stt", "custom-transcriber"): "providers.openai.stt:build",
    ("tts", "openai"): "providers.openai.tts:build",
    ("tts", "custom-voice"): "providers.openai.tts:build",
    ("stt", "azure"): "providers.azure.stt:build",
    ("tts", "azure"): "providers.azure.tts:build",
    ("stt", "google"): "providers.google.stt:build",
    ("tts", "google"): "providers.google.tts:build",
    ("stt", "sarvam"): "providers.sarvam.stt:build",
    ("stt", "assemblyai"): "providers.assemblyai.stt:build",
    ("stt", "speechmatics"): "providers.speechmatics.stt:build",
    ("stt", "gladia"): "providers.gladia.stt:build",
    ("stt", "soniox"): "providers.soniox.stt:build",
    ("tts", "sarvam"): "providers.sarvam.tts:build",
    ("tts", "rime"): "providers.rime.tts:build",
    ("realtime", "openai"): "providers.openai.realtime:build",
    ("realtime", "gemini"): "providers.gemini.realtime:build",
    ("embedder", "openai"): "providers.openai.embedder:build",
    **{("llm", provider): "providers.openai.llm:build" for provider in addresses.CHAT},
}


def providers(channel: Channel) -> list[str]:
    """Return the ids of the providers that serve a channel."""
    return sorted(provider for served, provider in _FACTORIES if served == channel)


def supports(channel: Channel, provider: str) -> bool:
    """Tell whether ``build`` knows this provider."""
    return (channel, provider) in _FACTORIES


class Options(TypedDict, total=False):
    """What ``build`` may be told beside channel and provider."""

    credentials: Mapping[str, str]
    base_url: str
    model: str
    allow_private: bool


@overload
def build(
    channel: Literal["stt"], provider: str, **options: Unpack[Options]
) -> SpeechToText: ...
@overload
def build(
    channel: Literal["llm"], provider: str, **options: Unpack[Options]
) -> LanguageModel: ...
@overload
def build(
    channel: Literal["tts"], provider: str, **options: Unpack[Options]
) -> TextToSpeech: ...
@overload
def build(
    channel: Literal["realtime"], provider: str, **options: Unpack[Options]
) -> RealtimeMind: ...
@overload
def build(
    channel: Literal["embedder"], provider: str, **options: Unpack[Options]
) -> Embedder: ...


def build(channel: Channel, provider: str, **options: Unpack[Options]) -> Any:
    """Make a port; nothing is connected yet.

    ``base_url`` is the operator's word and may point anywhere. An address that comes
    from a customer's credentials is refused when it is private, unless the operator
    says ``allow_private``. Raises ``Refused`` for an unknown provider or a missing
    credential.
    """
    path = _FACTORIES.get((channel, provider))
    if path is None:
        raise Refused(
            f"There is no {channel} provider called {provider}. "
            f"Known: {', '.join(providers(channel))}.",
            provider=provider,
        )
    credentials = options.get("credentials", {})
    address, is_customers = addresses.resolve(
        provider, credentials, options.get("base_url", "")
    )
    account = Account(
        provider,
        credentials,
        address,
        options.get("model", ""),
        public_only=is_customers and not options.get("allow_private", False),
    )
    return _load(path)(account)


def embedder(provider: str = "local", **options: Unpack[Options]) -> Embedder:
    """Make an embedder."""
    return build("embedder", provider, **options)


def activity() -> VoiceActivityDetector:
    """Return the process's one voice activity detector; loads its weights."""
    return cast(VoiceActivityDetector, _load("providers.local.vad:shared")())


def endpointer() -> EndOfTurnModel:
    """Return the process's end-of-turn model; loads its weights."""
    return cast(EndOfTurnModel, _load("providers.local.endpointer:load")())


def _offline_brain(_: Account) -> LanguageModel:
    """Give the brain its sense of meaning: vendors may not know each other."""
    brain = _load("providers.scripted.brain:OfflineBrain")
    return cast(LanguageModel, brain(embedder()))


def _load(path: str) -> Callable[..., Any]:
    module, _, name = path.partition(":")
    return cast("Callable[..., Any]", getattr(import_module(module), name))
