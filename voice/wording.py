"""Words as they are spoken: sentences, tokens, and what was heard of a text."""

import re
from collections.abc import Mapping
from typing import Any

# A full stop behind these does not end a sentence.
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st jr sr vs etc e.g i.e no vol fig inc ltd co corp dept est"
    " approx appt apt ave blvd rd a.m p.m u.s u.k".split()
)
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
            if not _is_abbreviated(self._text[: match.start()]):
                return match.end()
        if self._is_first and len(self._text) > FIRST_CLAUSE_CHARS:
            ends = [clause.end() for clause in _CLAUSE.finditer(self._text)]
            if ends and ends[-1] >= FIRST_CLAUSE_CHARS // 2:
                return ends[-1]
        return None


def _is_abbreviated(before: str) -> bool:
    word = before.rsplit(maxsplit=1)[-1].lower().strip("(\"'") if before.strip() else ""
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha())


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
    while 0 < cut < len(text) and not text[cut].isspace():
        cut -= 1
    return text[:cut].rstrip(), text[cut:].lstrip()


def plain_words(text: str) -> list[str]:
    """Return the words of a text in lower case, without punctuation."""
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.lower())
