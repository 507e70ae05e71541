"""Comparing what was said with phrases: plain words first, meaning second."""

import re
from collections.abc import Iterable

from providers.scripted.words import STOP_WORDS


def plain(text: str) -> str:
    """Return lower-case words parted by single spaces, without apostrophes."""
    text = re.sub(r"['’`]", "", text.lower())
    return re.sub(r"[^\w+]+", " ", text).strip()


def says(text: str, phrases: Iterable[str]) -> bool:
    """Tell whether any phrase stands in ``text`` as whole words."""
    padded = f" {plain(text)} "
    return any(f" {phrase} " in padded for phrase in phrases)


def starts(text: str, phrases: Iterable[str]) -> bool:
    """Tell whether ``text`` begins with any phrase, small talk in front left out."""
    begun = re.sub(
        r"^(?:(?:um|uh|so|well|okay|ok|yes|yeah|no|and|but|also|oh|hi|hello|hey|sorry|actually|sure|alright|great|thanks|thank you) )+",
        "",
        plain(text) + " ",
    )
    return any(begun.startswith(f"{phrase} ") for phrase in phrases)


def is_only(text: str, phrases: Iterable[str]) -> bool:
    """Tell whether nothing else was said than these phrases."""
    left = f" {plain(text)} "
    for phrase in sorted(phrases, key=len, reverse=True):
        left = left.replace(f" {phrase} ", "  ")
    return not left.strip()


def content(text: str) -> set[str]:
    """Return the stems of the words that carry meaning."""
    return {_stem(word) for word in plain(text).split() if word not in STOP_WORDS}


def covered(trigger: str, text: str) -> float:
    """Return how much of the trigger's meaning is in ``text``, by words: 0 to 1."""
    wanted = content(trigger)
    return len(wanted & content(text)) / len(wanted) if wanted else 0.0


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ies", "ied", "ed", "es", "s", "ly", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
