"""Which models calls can run through, given a vendor's key."""

from agents.catalogue.nouns import OFFLINE, Model
from providers import registry

# Models of providers we have adapters for that answer to another protocol.
NO_ADAPTER = frozenset(
    {
        ("stt", "openai", "gpt-live-transcribe"),  # the realtime API only
        # These are behind a project and a service account; we call with a key.
        ("stt", "google", "chirp_3"),
        ("stt", "google", "chirp_2"),
        ("tts", "google", "gemini-2.5-flash-tts"),
        ("tts", "google", "gemini-2.5-pro-tts"),
        # These take recordings, or are not known to listen live.
        ("stt", "assemblyai", "universal-2"),
        ("stt", "gladia", "solaria-3"),
        ("stt", "soniox", "stt-async-v5"),
    }
)


def answers(model: Model) -> bool:
    """Tell whether the model speaks a protocol that its provider's adapter knows."""
    return (model.channel, model.provider, model.id) not in NO_ADAPTER


def is_rented(model: Model) -> bool:
    """Tell whether a call can run through the model of a vendor. The offline set is
    not counted: what it speaks beside English is a robot's, and not on every server."""
    is_known = registry.supports(model.channel, model.provider)
    return is_known and model.provider != OFFLINE and answers(model)
