"""Cutting text where a voice may breathe."""

import re

_END = re.compile(r"[.!?…]+[\"”’)\]]*\s+|\n+")
_ABBREVIATIONS = frozenset(
    ("mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "etc", "inc", "ltd", "e.g", "i.e", "a.m", "p.m")
)  # fmt: skip


def split(text: str) -> tuple[list[str], str]:
    """Cut whole sentences off the front; the second value is what is left over."""
    sentences = []
    start = 0
    for match in _END.finditer(text):
        word = text[start : match.start()].rsplit(" ", 1)[-1].lower()
        if match.group().startswith(".") and (word in _ABBREVIATIONS or len(word) == 1):
            continue
        sentences.append(text[start : match.end()].strip())
        start = match.end()
    return [sentence for sentence in sentences if sentence], text[start:]
