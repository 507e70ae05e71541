"""Sentences of a description that an agent may tell callers as they stand.

Found by rules, as ``brief`` finds names and hours. Pure; nothing is guessed.
"""

import re
from collections.abc import Iterator

_SENTENCES = re.compile(r"(?<=[.!?;])\s+(?=[A-Z])")
_AMOUNT = re.compile(
    r"[$€£₹]\s?\d|\d\s?(?:[$€£₹%]|(?:euros?|dollars?|pounds?|rupees|usd|eur|gbp|cents)\b)",
    re.IGNORECASE,
)
_OF_US = re.compile(
    r"(?:we (?:have|do|don't|do not|cannot|can't|can|charge|accept|take|deliver|ship|close"
    r"|serve|also|only|work|treat|cover|respond|call back|reply|need)\b|our\b"
    r"|there(?:'s| is| are)\b|parking\b|delivery\b|payment\b|pets\b|children\b)",
    re.IGNORECASE,
)
_CLOSED = re.compile(r"(?:we are |we're )?closed (?:on )?[A-Z].*", re.IGNORECASE)
# What tells the agent what to do is no news to callers.
_TO_THE_AGENT = re.compile(
    r"\b(?:agent|assistant|receptionist|bot|voice|should|must|never|please|calls?(?! back)"
    r"|callers?|transfer\w*|forward\w*|escalat\w*|hand(?:s|ing)? over|ask(?:s|ing)?)\b",
    re.IGNORECASE,
)
_PRICES = re.compile(r"\b(?:prices?|fees?|rates?|costs?)\b[^:.]{0,20}:\s*(.+)", re.I)
_MOST = 12
_LONGEST = 300  # characters


def read(text: str, told: tuple[str, ...]) -> tuple[str, ...]:
    """Return the facts in ``text``; a sentence that holds one of ``told`` is left out,
    for that was found already."""
    return tuple(dict.fromkeys(_facts(text, told)))[:_MOST]


def _facts(text: str, told: tuple[str, ...]) -> Iterator[str]:
    for sentence in _SENTENCES.split(text):
        said = sentence.strip(" .;")
        if len(said) > _LONGEST or any(part and part in said for part in told):
            continue
        if prices := _AMOUNT.search(said) and _PRICES.search(said):
            yield f"Our prices: {prices[1]}."
        elif _TO_THE_AGENT.search(said):
            continue
        elif _CLOSED.fullmatch(said):
            yield f"We are closed {re.split('closed ', said, flags=re.I)[-1]}."
        elif _OF_US.match(said) or _AMOUNT.search(said):
            yield f"{said[:1].upper()}{said[1:]}."
