"""What a caller says while the agent speaks that must not stop it. Pure: backchannels,
greetings into the opener, scraps of words, and the agent's own echo."""

from difflib import SequenceMatcher
from typing import Protocol

from voice import completeness
from voice.config import TurnRules
from voice.wording import is_made_of, is_unspaced, plain_words

ECHO_OVERLAP = 0.8  # share of words found in what the agent says
SCRAPS = 2  # words in a row that say nothing: "we are", "oh him"


class Echoes(Protocol):
    """Tells the agent's own sound."""

    def is_heard(self, *, alone: bool = False) -> bool:
        """Tell whether it is in the caller's; with ``alone``, that nothing else is."""


class NoEcho:
    """Where there is no sound to compare."""

    def is_heard(self, *, alone: bool = False) -> bool:
        """Tell that there is none."""
        return False


class Asides:
    """The judge of one conversation's asides."""

    def __init__(self, rules: TurnRules, language: str, echo: Echoes) -> None:
        self._rules = rules
        self._language = language
        self.sounds_like_agent = echo.is_heard  # whatever the caller's words are
        self.agent_text = ""  # its last words: to know an echo, or a question, by
        self.is_opening = False  # the agent's first words: greetings do not stop them

    def speak(self, rules: TurnRules, language: str) -> None:
        """Judge by another language's words from now on."""
        self._rules, self._language = rules, language

    def lightness(self, words: list[str], *, under_agent: bool) -> str:
        """Say why words do not stop the agent; nothing if they may."""
        stops = self.has_stop(words)
        if not stops and not any(map(self.is_telling, words)):
            return f"backchannel: {' '.join(words)}"
        if self.is_scrap(words):
            return f"hardly a word: {' '.join(words)}"
        if under_agent and self.repeats_agent(words):
            return f"echo: {' '.join(words)}"
        is_odd = stops or not self._has_said_some(words)
        if under_agent and self.sounds_like_agent(alone=is_odd):
            return f"sounds like an echo: {' '.join(words)}"
        return ""

    def is_scrap(self, words: list[str]) -> bool:
        """Tell whether there are but one or two words that tell anything, and hardly: a
        breath, or the "the" with which somebody begins."""
        telling = [word for word in words if self.is_telling(word)]
        if not 0 < len(telling) <= SCRAPS or self.has_stop(words):
            return False
        return all(completeness.is_scrap(word, self._language) for word in telling)

    def is_alone(self, words: list[str]) -> bool:
        """Tell whether but one word tells anything."""
        return sum(map(self.is_telling, words)) <= 1

    def has_stop(self, words: list[str]) -> bool:
        """Tell whether there is a word that always stops the agent."""
        return any(map(self.is_stop, words))

    def is_telling(self, word: str) -> bool:
        """Tell whether a word is more than a sign of listening."""
        if self.is_opening and word in self._rules.greetings:
            return False
        return not is_made_of(word, self._rules.backchannels)

    def is_stop(self, word: str) -> bool:
        """Tell whether a word always stops the agent."""
        stop_words = self._rules.stop_words
        return word in stop_words or (
            is_unspaced(word)
            and any(len(stop) > 1 and stop in word for stop in stop_words)
        )

    def _has_said_some(self, words: list[str]) -> bool:
        """Tell whether the agent has said one of these words; a word alone may be
        misheard. Where it has said none, sounds may be alike by chance."""
        spoken = plain_words(self.agent_text)
        return len(words) < 2 or not spoken or any(word in spoken for word in words)

    def repeats_agent(self, words: list[str]) -> bool:
        """Tell the agent's own words, come back through the caller's microphone."""
        if len(words) < 2 or not self.agent_text:
            return False
        if self.has_stop(words):
            return False
        spoken = plain_words(self.agent_text)
        blocks = SequenceMatcher(None, words, spoken, autojunk=False)
        found = sum(block.size for block in blocks.get_matching_blocks())
        runs = max(block.size for block in blocks.get_matching_blocks())
        return found / len(words) >= ECHO_OVERLAP and runs >= 2
