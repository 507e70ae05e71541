"""How the caller felt, from the words they used."""

import re

from intelligence.models import Analysis
from intelligence.talk import Talk
from providers.scripted.matching import plain

Sentiment = Analysis.Sentiment
GOOD = """
    great perfect thanks thank wonderful lovely excellent awesome brilliant helpful appreciate appreciated
    happy glad pleased amazing good nice super fantastic love loved delighted relieved cheers
"""
BAD = """
    angry annoyed annoying upset terrible awful horrible ridiculous useless unacceptable disappointed frustrated
    frustrating worst bad wrong complaint complain rude disgusting furious hate stupid nonsense scam waste wasted
    unhappy problem broken refund lawyer sue nobody never ignored overcharged
"""
STRONG = frozenset(
    "angry terrible awful ridiculous useless unacceptable furious worst hate sue lawyer scam"
    " wonderful perfect excellent amazing fantastic brilliant love".split()
)
NOT = frozenset("not no never dont doesnt didnt isnt wasnt cant wont hardly".split())
_GOOD, _BAD = frozenset(GOOD.split()), frozenset(BAD.split())
ENOUGH = 4  # words, from which a caller who shows no feeling is neutral


def judge(talk: Talk, language: str) -> Sentiment:
    """Weigh the caller's words, the last third twice; other languages are unknown."""
    said = [plain(line.text).split() for line in talk.caller]
    if not language.lower().startswith("en") or sum(map(len, said)) < ENOUGH:
        return Sentiment.UNKNOWN
    late = len(said) - len(said) // 3
    weight = sum(
        _weight(words) * (2 if number >= late else 1)
        for number, words in enumerate(said)
    )
    if weight >= 2:
        return Sentiment.POSITIVE
    return Sentiment.NEGATIVE if weight <= -2 else Sentiment.NEUTRAL


def _weight(words: list[str]) -> int:
    total = 0
    for at, word in enumerate(words):
        sign = (word in _GOOD) - (word in _BAD)
        if sign and NOT & set(words[max(0, at - 3) : at]):
            sign = -sign
        total += sign * (2 if word in STRONG else 1)
    return total


def words_behind(talk: Talk) -> list[str]:
    """Return the words the judgement rests on, for people to check it."""
    found = re.findall(r"\w+", " ".join(plain(line.text) for line in talk.caller))
    return list(dict.fromkeys(word for word in found if word in _GOOD | _BAD))
