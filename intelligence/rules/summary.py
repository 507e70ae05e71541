"""A summary put together from the call's own sentences."""

import re
from collections import Counter

from intelligence.talk import Line, Talk
from providers.scripted.matching import content, is_only
from providers.scripted.words import AGREE, GREETING, THANKS

MOST = 3  # sentences of the caller's
LONGEST = 220  # characters of a quotation
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_SETTLED = re.compile(
    r"\b(you(?:'re| are) (?:all )?(?:booked|confirmed)|i(?:'ve| have) (?:booked|noted|sent|cancelled|moved|asked|made)|is booked|is confirmed|(?:will|'ll) (?:call|ring|get back))\b",
    re.I,
)
ENDINGS = {
    "end_call_tool": "The agent said goodbye and ended the call.",
    "user_disconnect": "The caller hung up.",
    "handoff_to_human": "The call was handed to a person.",
    "handoff_to_agent": "The call was handed to another agent.",
    "provider_disconnect": "The line was lost.",
    "timeout": "The call reached its time limit.",
    "error": "The call broke off because of a fault.",
    "closed": "The call was closed.",
}


def write(talk: Talk) -> str:
    """Say what the caller wanted, what was settled, what ran and how it ended."""
    wanted = _telling(talk.caller)
    parts = []
    if wanted:
        parts.append(f"The caller said: {' '.join(_quoted(each) for each in wanted)}")
    else:
        parts.append("The caller said nothing that tells what the call was about.")
    if settled := _settled(talk.agent):
        parts.append(f"The agent said: {_quoted(settled)}")
    if talk.deeds:
        ran = [deed.name for deed in talk.deeds if not deed.failed]
        broke = [deed.name for deed in talk.deeds if deed.failed]
        if ran:
            parts.append(f"Tools that ran: {', '.join(dict.fromkeys(ran))}.")
        if broke:
            parts.append(f"Tools that failed: {', '.join(dict.fromkeys(broke))}.")
    if ending := ENDINGS.get(talk.ending):
        parts.append(ending)
    return " ".join(parts)


def _telling(lines: list[Line]) -> list[str]:
    """Return the caller's sentences that carry most of what the call was about."""
    sentences = [
        sentence
        for line in lines
        for sentence in _SENTENCE.split(line.text.strip())
        if not is_only(sentence, (*GREETING, *THANKS, *AGREE, "bye", "goodbye"))
    ]
    weights = Counter(word for sentence in sentences for word in content(sentence))
    scored = sorted(
        range(len(sentences)),
        key=lambda n: (
            # What comes first says what it is about.
            -sum(weights[word] for word in content(sentences[n]))
            * (1.5 if n < 2 else 1),
            n,
        ),
    )
    chosen = [n for n in scored if len(content(sentences[n])) >= 2][:MOST]
    return [sentences[n] for n in sorted(chosen)]


def _settled(lines: list[Line]) -> str:
    """Return the last sentence in which the agent says that something is done."""
    for line in reversed(lines):
        for sentence in reversed(_SENTENCE.split(line.text)):
            if _SETTLED.search(sentence) and not sentence.endswith("?"):
                return sentence
    return ""


def _quoted(sentence: str) -> str:
    text = sentence.strip()
    return f"“{text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + '…'}”"
