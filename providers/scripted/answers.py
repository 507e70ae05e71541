"""Finding a value in what a caller said: one function a kind of answer, all pure.

The words come from a recogniser, so digits may be words, "@" may be "at", and capitals
and commas may stand anywhere.
"""

import re
from collections.abc import Callable

from providers.scripted.kinds import Kind
from providers.scripted.playbook import Step
from providers.scripted.words import (
    DIGITS,
    FILLERS,
    MONTHS,
    NO,
    NOT_NAMES,
    NUMBERS,
    TIMES_OF_DAY,
    WEEKDAYS,
    YES,
)

_EMAIL = re.compile(r"[a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
_NAMES = r"((?:[^\W\d_][\w'’-]*\s*){1,4})"
_INTRODUCED = re.compile(
    rf"\b(?:my (?:full |first |last )?name(?: is|'s)|name is|call me|(?:it's )?under)\s+{_NAMES}",
    re.I,
)
# "Her name is Minka" says nothing of who calls.
_OF_ANOTHER = re.compile(r"(?:\b(?:her|his|its|their)|['’]s|s['’]) $", re.I)
_SAID_TO_BE = re.compile(rf"\b(?:this is|it(?: is|'s)|i am|i'm)\s+{_NAMES}", re.I)
_BEHIND_A_NAME = ("", "and", "speaking", "here", "from", "calling", "by", "but")
_NAME_OUTRO = re.compile(r"^((?:[^\W\d_][\w'’-]*\s+){1,3})(?:here|speaking)\b", re.I)
_CLOCK = r"(?:\d{1,2}(?::\d{2})?\s*(?:a\.?\s?m\.?|p\.?\s?m\.?|o'?clock)|\d{1,2}:\d{2}|noon|midnight)"
_SPELT_CLOCK = rf"(?:at|around|by|after|before|half past|quarter (?:past|to))\s+(?:{'|'.join(NUMBERS)}|\d{{1,2}})(?:\s+thirty|\s+fifteen|\s+forty[- ]five)?(?:\s*(?:a\.?\s?m\.?|p\.?\s?m\.?|o'?clock))?"
_DAY = (
    rf"(?:today|tonight|tomorrow|day after tomorrow|(?:this |next |on |coming )?(?:{WEEKDAYS})s?|(?:this |next )(?:week|month|weekend|year)|"
    rf"(?:{MONTHS})\.?\s+(?:the )?\d{{1,2}}(?:st|nd|rd|th)?|(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{MONTHS})|the \d{{1,2}}(?:st|nd|rd|th)|"
    rf"\d{{1,2}}[/.]\d{{1,2}}(?:[/.]\d{{2,4}})?|in (?:a|an|one|two|three|four|\d+) (?:hour|day|week|month)s?|as soon as possible|asap|right away|any ?time|whenever)"
)
_AMOUNT = r"(?!\s+(?:hundred|thousand|million|percent|euros?|dollars?|pounds?|people|guests|times)\b)"
_WHEN = re.compile(
    rf"\b(?:{_DAY}|{_SPELT_CLOCK}(?![\w]){_AMOUNT}|{_CLOCK}|(?:{TIMES_OF_DAY}))(?![\w])",
    re.I,
)


def find(step: Step, said: str, *, asked: bool) -> str:
    """Return the value for a step, or "".

    ``asked`` says that the caller is answering this very question; unasked, only what
    cannot be mistaken is taken.
    """
    if not asked and step.kind in (Kind.TEXT, Kind.NUMBER, Kind.YES_NO):
        return ""
    if not asked and step.kind is Kind.WHEN:
        return _nothing_but_when(said)
    if step.kind is Kind.CHOICE:
        return choice(step.choices, said) or (said.strip() if asked else "")
    if step.kind is Kind.NAME:
        return name(said, asked=asked)
    return _FINDERS[step.kind](said)


def email(said: str) -> str:
    """Find "sam dot lee at example dot com"."""
    text = said.lower().strip(" .!?,")
    text = re.sub(r"\s+(?:at|@)\s+", "@", text)
    text = re.sub(r"\s*\b(?:dot|period|point)\b\s*", ".", text)
    text = re.sub(r"\s*\b(?:underscore)\b\s*", "_", text)
    text = re.sub(r"\s*\b(?:dash|hyphen|minus)\b\s*", "-", text)
    text = re.sub(r"\s*@\s*", "@", text)
    # Spelt letters come as words of their own: "s a m at".
    text = re.sub(r"(?<=\b[a-z0-9]) (?=[a-z0-9]\b|[a-z0-9]@)", "", text)
    match = _EMAIL.search(text)
    return match.group() if match else ""


def phone(said: str) -> str:
    """Find 7 to 15 digits, spoken or written; a leading plus is kept."""
    found = digits(said)
    plus = "+" if re.search(r"\+\s*\d|\bplus\b", said.lower()) else ""
    return plus + found if 7 <= len(found) <= 15 else ""


def digits(said: str) -> str:
    """Return all digits said: "five five five, oh one double two" → 5550122."""
    found = ""
    times = 1
    for word in re.findall(r"\d+|[a-z]+", said.lower()):
        if word in ("double", "triple"):
            times = 2 if word == "double" else 3
            continue
        if word == "hundred" and found:  # "nine hundred, four one eight"
            found += "00"
            continue
        digit = word if word.isdigit() else DIGITS.get(word, "")
        found += digit[:1] * (times - 1) + digit
        times = 1
    return found


def name(said: str, *, asked: bool) -> str:
    """Find a name; unasked only behind words such as "my name is"."""
    text = re.sub(r"[,.!?]", " ", said).strip()
    match = _introduction(text) or _NAME_OUTRO.search(text)
    if match and (found := _names_in_front(match.group(1))[0]):
        return found
    if not asked:
        return ""
    if match := _SAID_TO_BE.search(text):
        # "It's Ann", but not "it's wrong, you charged me twice".
        found, behind = _names_in_front(text[match.start(1) :])
        return found if behind in _BEHIND_A_NAME else ""
    found, behind = _names_in_front(" ".join(_without_fillers(text)))
    return found if not behind else ""


def introduces(said: str) -> bool:
    """Tell whether somebody says their name outright."""
    return _introduction(re.sub(r"[,.!?]", " ", said)) is not None


def _introduction(text: str) -> re.Match[str] | None:
    match = _INTRODUCED.search(text)
    return None if match and _OF_ANOTHER.search(text[: match.start()]) else match


def _without_fillers(text: str) -> list[str]:
    return [word for word in text.split() if word.lower() not in FILLERS]


def _names_in_front(text: str) -> tuple[str, str]:
    """Return the one to four names a text begins with, and the word behind them."""
    kept: list[str] = []
    behind = ""
    for word in text.split():
        if word.lower() in NOT_NAMES or not re.fullmatch(r"[^\W\d_][\w'’-]*", word):
            behind = word.lower()
            break
        kept.append(word)
    if not 1 <= len(kept) <= 4:
        return "", behind
    return " ".join(_capitalised(word) for word in kept), behind


def _capitalised(word: str) -> str:
    return word if word[1:] != word[1:].lower() else word.capitalize()


def when(said: str) -> str:
    """Find day and time as they were said; no calendar is consulted."""
    found = [match.group().strip() for match in _WHEN.finditer(said)]
    return re.sub(r"^on ", "", " ".join(found), flags=re.I)


def _nothing_but_when(said: str) -> str:
    """Find day and time where hardly anything else was said."""
    found = when(said)
    return found if 2 * len(found.split()) >= len(said.split()) else ""


def corrected(step: Step, value: str, said: str) -> str:
    """Put right the end of a number: "no, it is 9877"."""
    found = digits(said)
    if step.kind is Kind.PHONE and 2 <= len(found) < 7:
        return value[: -len(found)] + found
    return ""


def number(said: str) -> str:
    """Find one number: "just the two of us" → 2."""
    if match := re.search(r"\d+(?:[.,]\d+)*", said):
        return match.group().replace(",", "")
    total, found = 0, False
    for word in re.findall(r"[a-z]+", said.lower()):
        if word in NUMBERS:
            total, found = total + NUMBERS[word], True
        elif word == "hundred" and found:
            total *= 100
        elif word == "thousand" and found:
            total *= 1000
        elif found and word != "and":
            break
    return str(total) if found else ""


def yes_no(said: str) -> str:
    """Find yes or no; a "no" that comes with a "yes" wins ("yeah, no")."""
    text = f" {re.sub(r'[^a-z ]', ' ', said.lower().replace(chr(39), '').replace('’', ''))} "
    text = re.sub(r" +", " ", text)
    if any(f" {word} " in text for word in NO):
        return "no"
    return "yes" if any(f" {word} " in text for word in YES) else ""


def choice(choices: tuple[str, ...], said: str) -> str:
    """Find which of the choices was said; nothing when more than one was."""
    text = said.lower()
    named = [
        option
        for option in choices
        if re.search(rf"\b{re.escape(option.rstrip('s'))}", text)
    ]
    return named[0] if len(named) == 1 else ""


_FINDERS: dict[Kind, Callable[[str], str]] = {
    Kind.EMAIL: email,
    Kind.PHONE: phone,
    Kind.WHEN: when,
    Kind.NUMBER: number,
    Kind.YES_NO: yes_no,
    Kind.TEXT: str.strip,
}
