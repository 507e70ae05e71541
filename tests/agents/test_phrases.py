import pytest

from agents import phrases
from voice import lexicons


def test_there_are_phrases_for_every_language_with_listening_words():
    assert set(phrases.LANGUAGES) == set(lexicons.LANGUAGES)


@pytest.mark.parametrize(("tag", "same_as"), [("es-MX", "es"), ("pl-PL", "en")])
def test_a_language_finds_its_phrases_or_english(tag, same_as):
    assert phrases.of(tag) == phrases.of(same_as)
