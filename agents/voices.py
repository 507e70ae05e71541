"""Which voice speaks: the one that was chosen where it fits, else one that does."""

from dataclasses import dataclass

from agents import catalogue
from agents.catalogue import Voice


@dataclass(frozen=True, slots=True)
class Pick:
    """A voice to speak with; an empty id leaves it to the engine."""

    id: str
    name: str


def pick(
    wanted: str, provider: str, model: str, language: str, *, is_chosen: bool
) -> Pick:
    """Return the wanted voice if it fits, else the provider's first that does.

    A voice that no catalogue row names may be the customer's own, and is kept where the
    customer chose the engine (``is_chosen``); so is one of the engine's where nothing
    fits better.
    """
    book = catalogue.load().voices
    own = book.get(provider, ())
    if (
        wanted
        and is_chosen
        and not any(_has(voices, wanted) for voices in book.values())
    ):
        return Pick(wanted, "")
    fit = fitting(provider, model, language)
    candidates = [
        *(voice for voice in fit if voice.id == wanted),
        *fit,
        *(voice for voice in own if voice.id == wanted),
        *own,
    ]
    return Pick(candidates[0].id, candidates[0].name) if candidates else Pick("", "")


def fitting(provider: str, model: str, language: str) -> list[Voice]:
    """Return the voices of an engine for a model and a language; those of the very
    country first, else in catalogue order."""
    known = catalogue.load().voices.get(provider, ())
    fit = [voice for voice in known if voice.fits(model, language)]
    return sorted(fit, key=lambda voice: language not in voice.languages)


def _has(voices: tuple[Voice, ...], id: str) -> bool:
    return any(voice.id == id for voice in voices)
