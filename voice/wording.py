"""Words as they are spoken: sentences, tokens, and what was heard of a text."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

# A full stop behind these does not end a sentence.
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st jr sr vs e.g i.e vol fig inc ltd co corp dept est"
    " approx appt apt ave blvd rd u.s u.k sra srta mme mlle bzw z.b d.h nr str".split()
)
_UNSPACED = ("\u2e80", "\uffef")  # Chinese and Japanese, roughly
_BEFORE_NUMBERS = frozenset("no nos nr p pp ch sec".split())
_HOURS = frozenset(("a.m", "p.m"))
_DEPENDS = _BEFORE_NUMBERS | _HOURS  # on what follows
_END = re.compile(r"[.!?…。！？।]+[\"')\]]*(?=\s)|[。！？।]|\n+")
_CLAUSE = re.compile(r"[,;:–—](?=\s)")
_TOKEN = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*\}\}|\{([A-Za-z_]\w*)\}")

FIRST_CLAUSE_CHARS = 60  # a first sentence longer than this may start at a clause


class SentenceBuffer:
    """Cuts a stream of text into pieces that can be spoken as soon as they end."""

    def __init__(self) -> None:
        self._text = ""
        self._is_first = True

    def add(self, delta: str) -> list[str]:
        """Take more text; return the pieces that are whole by now."""
        self._text += delta
        pieces = []
        while end := self._next_end():
            piece, self._text = self._text[:end].strip(), self._text[end:]
            if piece:
                pieces.append(piece)
                self._is_first = False
        return pieces

    def rest(self) -> str:
        """Return what is left when the stream has ended."""
        text, self._text = self._text.strip(), ""
        return text

    def _next_end(self) -> int | None:
        for match in _END.finditer(self._text):
            after = self._text[match.end() :].lstrip()
            before = self._text[: match.start()]
            if not after and _last_word(before) in _DEPENDS:
                return None  # what follows tells whether it is the end
            if not _is_abbreviated(before, after):
                return match.end()
        if self._is_first and len(self._text) > FIRST_CLAUSE_CHARS:
            ends = [clause.end() for clause in _CLAUSE.finditer(self._text)]
            if ends and ends[-1] >= FIRST_CLAUSE_CHARS // 2:
                return ends[-1]
        return None


def _is_abbreviated(before: str, after: str) -> bool:
    """Tell whether the full stop between the two texts ends no sentence."""
    word = _last_word(before)
    if word in _BEFORE_NUMBERS:
        return after[:1].isdigit()
    if word in _HOURS:
        return after[:1].islower()
    is_item = word.isdigit() and before.strip() == word  # "1. Open the door"
    return word in _ABBREVIATIONS or is_item or (len(word) == 1 and word.isalpha())


def _last_word(text: str) -> str:
    words = text.rsplit(maxsplit=1)
    return words[-1].lower().strip("(\"'") if words else ""


def joined(sentences: Sequence[str]) -> str:
    """Put sentences into one text; Chinese and Japanese know no spaces."""
    text = ""
    for sentence in sentences:
        space = "" if not text or text[-1] in "。！？" else " "
        text += space + sentence
    return text


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Put values in place of ``{{name}}`` and ``{name}``; unknown tokens vanish."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1] or match[2])
        return "" if found is None else str(found)

    return re.sub(r"\s+([,.!?;:])", r"\1", _TOKEN.sub(value, text)).strip()


def tokens(text: str) -> list[str]:
    """Return the names of the tokens in a text, in order, once each."""
    names = (match[1] or match[2] for match in _TOKEN.finditer(text))
    return list(dict.fromkeys(names))


def split_heard(text: str, share: float) -> tuple[str, str]:
    """Cut a text at the word that a share of its sound, 0 to 1, comes to."""
    if share >= 1:
        return text, ""
    cut = round(len(text) * max(share, 0.0))
    while 0 < cut < len(text) and not _may_cut(text[cut - 1], text[cut]):
        cut -= 1
    return text[:cut].rstrip(), text[cut:].lstrip()


def _may_cut(before: str, after: str) -> bool:
    return before.isspace() or after.isspace() or is_unspaced(before)


def share_of_words(text: str, said: int) -> float:
    """Return the share of a text at which its first words end.

    Vendors give words as they speak them, so they are counted, not compared.
    """
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    if said >= len(ends):
        return 1.0
    return ends[said - 1] / len(text) if said else 0.0


def holds_phrase(text: str, phrase: str) -> bool:
    """Tell whether a text holds a phrase, as whole words where words have spaces."""
    words, wanted = plain_words(text), plain_words(phrase)
    if not wanted:
        return False
    if f" {' '.join(wanted)} " in f" {' '.join(words)} ":
        return True
    return is_unspaced(phrase) and "".join(wanted) in "".join(words)


def is_unspaced(word: str) -> bool:
    """Tell whether a word is of a script that has no spaces between words."""
    return any(_UNSPACED[0] <= letter <= _UNSPACED[1] for letter in word)


def is_made_of(word: str, words: frozenset[str]) -> bool:
    """Tell whether a word is one of some, or several of them without a space between."""
    if word in words:
        return True
    if not is_unspaced(word):
        return False
    ends = {0}
    for end in range(1, len(word) + 1):
        if any(word[start:end] in words for start in ends):
            ends.add(end)
    return len(word) in ends


def plain_words(text: str) -> list[str]:
    """Return the words of a text in lower case, without punctuation."""
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.lower())
