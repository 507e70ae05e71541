"""How well a piece answers a question: by meaning, and by the words they share. Pure."""

import re
import unicodedata
from dataclasses import dataclass

BY_WORD = 0.25  # what all words shared add to the cosine
RELEVANT = 0.34  # cosine from which a piece is worth telling unasked
RELEVANT_BY_WORD = 0.6  # share of the question's words that makes up for a lower cosine
LEAST = 0.18  # cosine below which words alone do not help

_WORD = re.compile(r"\w+")
# Scripts that put no spaces between words are compared by pairs of signs.
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """A piece that was found."""

    chunk: int
    source: str  # public id
    title: str
    uri: str
    position: int
    heading: str
    text: str
    score: float  # cosine, 0 to 1
    words: float  # share of the question's words, 0 to 1

    @property
    def rank(self) -> float:
        """What the order goes by."""
        return self.score + BY_WORD * self.words

    @property
    def is_relevant(self) -> bool:
        """Whether it should be told to the model without being asked for."""
        by_word = self.words >= RELEVANT_BY_WORD and self.score >= LEAST
        return self.score >= RELEVANT or by_word

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        at = f"piece {self.position + 1}"
        return f"{self.heading}, {at}" if self.heading else at


def tokens(text: str) -> list[str]:
    """Return a text's words: small letters without accents, plurals cut short."""
    folded = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    found: list[str] = []
    for word in _WORD.findall(plain):
        if _UNSPACED.search(word):
            signs = max(1, len(word) - 1)
            found += [word[at : at + 2] for at in range(signs)]
        else:
            found.append(word[:-1] if len(word) > 3 and word[-1] == "s" else word)
    return found


def weight(token: str, holders: int, pieces: int) -> float:
    """Return how much a word tells: the fewer pieces hold it, the more."""
    if holders == 0:
        return 1.0  # asked for and nowhere to be found: that counts against all
    rare = 1 - holders / max(pieces, 1)
    return max(0.02, rare) ** 2 * (0.4 if len(token) < 3 else 1.0)
