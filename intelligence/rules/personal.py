"""Personal data in what was said: where it stands, whatever recognised the words.

Numbers come from a recogniser in many forms: "4111 1111 1111 1111", "four one one one",
"double oh seven". So digits are read word by word, and a run of them is judged as a
whole. Pure; English words, other languages by figures alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import phonenumbers

from intelligence.talk import Line
from providers.scripted.words import DIGITS, NOT_NAMES

# What can be masked, and what stands in its place.
KINDS = {
    "card": "[card number]",
    "bank": "[account number]",
    "birth": "[date of birth]",
    "code": "[code]",
    "phone": "[phone number]",
    "email": "[e-mail address]",
    "name": "[name]",
    "keypad": "•",
}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text that is personal."""

    kind: str
    start: int
    end: int


_TIMES = {"double": 2, "triple": 3}
_BETWEEN = frozenset("um uh and dash hyphen space then".split())
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.I)
_SPOKEN_EMAIL = re.compile(
    r"\b[\w'-]+(?:\s+(?:dot|period|underscore|dash|hyphen|plus)\s+[\w'-]+)*\s+at\s+"
    r"[\w-]+(?:\s+(?:dot|period)\s+[\w-]+)+",
    re.I,
)
_IBAN = re.compile(
    r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?\b", re.I
)
_INTRODUCED = re.compile(
    r"\b(?i:my (?:full |first |last )?name(?: is|'s)|this is|i am called|call me"
    r"|(?:it's|it is) (?:under|for)|speaking (?:to|with))\s+"
    r"((?:[A-Z][\w'’-]+\s*){1,3})"
)
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DATE = re.compile(
    rf"\b(?:\d{{1,2}}[/.\-]\d{{1,2}}[/.\-]\d{{2,4}}|\d{{4}}-\d{{2}}-\d{{2}}"
    rf"|(?:(?:the )?[\w-]+(?: of)? )?(?:{_MONTHS})(?:\s+(?:the )?[\w-]+)?(?:,?\s+(?:\d{{4}}|nineteen [\w -]+|two thousand[\w ]*))?)",
    re.I,
)
_ASKS_BIRTH = re.compile(r"\b(?:born|birth|birthday|dob)\b", re.I)
_ASKS_CODE = re.compile(
    r"\b(?:pin|cvv|cvc|security code|passcode|verification code|one.time code|expiry|expiration)\b",
    re.I,
)


def find(
    line: Line,
    before: Line | None,
    kinds: Iterable[str],
    names: Iterable[str] = (),
) -> list[Span]:
    """Return what is personal in a line, in order, nothing twice.

    ``before`` is the line it answers: a bare number is a code if a code was asked for.
    ``names`` are what the caller is known to be called.
    """
    wanted = set(kinds)
    text = line.text
    asked = f"{before.text if before else ''} {text}"
    found: list[Span] = []
    if "email" in wanted:
        found += _matches("email", _EMAIL, text) + _matches(
            "email", _SPOKEN_EMAIL, text
        )
    if "bank" in wanted:
        found += [
            Span("bank", m.start(), m.end())
            for m in _IBAN.finditer(text)
            if is_iban(m.group())
        ]
    if "birth" in wanted and _ASKS_BIRTH.search(asked):
        found += _matches("birth", _DATE, text)
    found += _numbers(text, asked, wanted)
    if "phone" in wanted:
        found += _written_phones(text)
    if "name" in wanted:
        found += _names(text, line.is_caller, names)
    return _merged(found)


def redacted(text: str, spans: Iterable[Span]) -> str:
    """Put the kind's word in the place of each span."""
    for span in sorted(spans, key=lambda each: each.start, reverse=True):
        text = text[: span.start] + KINDS[span.kind] + text[span.end :]
    return text


def is_card(digits: str) -> bool:
    """Tell whether these digits are a card number: 13 to 19 of them, with Luhn's sum."""
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_iban(text: str) -> bool:
    """Tell whether this is an account number: ISO 13616's remainder of 97 is 1."""
    bare = re.sub(r"\s", "", text).upper()
    turned = bare[4:] + bare[:4]
    return (
        len(bare) >= 15
        and int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
    )


# ---------------------------------------------------------------- the parts


def _matches(kind: str, pattern: re.Pattern[str], text: str) -> list[Span]:
    return [Span(kind, m.start(), m.end()) for m in pattern.finditer(text) if m.group()]


def _numbers(text: str, asked: str, wanted: set[str]) -> list[Span]:
    found = []
    for digits, start, end in runs(text):
        kind = ""
        if is_card(digits) or (13 <= len(digits) <= 19 and "card" in asked.lower()):
            kind = "card"
        elif _ASKS_CODE.search(asked) and 3 <= len(digits) <= 8:
            kind = "code"
        elif _ASKS_BIRTH.search(asked) and 4 <= len(digits) <= 8:
            kind = "birth"
        elif 7 <= len(digits) <= 15:
            kind = "phone"
        if kind in wanted:
            found.append(Span(kind, start, end))
    return found


def runs(text: str) -> list[tuple[str, int, int]]:
    """Return runs of digits, written or spoken, with where they stand."""
    found: list[tuple[str, int, int]] = []
    digits, start, end, times = "", 0, 0, 1

    def close() -> None:
        if len(digits) >= 3:
            has_plus = text[max(0, start - 1) : start] == "+"
            found.append((digits, start - has_plus, end))

    for match in re.finditer(r"\d+|[A-Za-z']+|[.!?;]|[^\w\s.!?;]", text):
        word = match.group().lower()
        value = word if word.isdigit() else DIGITS.get(word, "")
        if word in _TIMES:
            times, value = _TIMES[word], ""
            start = start if digits else match.start()
        elif word == "hundred" and digits:
            value = "00"
        if value:
            if not digits and times == 1:
                start = match.start()
            digits += value[:1] * (times - 1) + value
            end, times = match.end(), 1
        elif (
            word in _BETWEEN
            or word in _TIMES
            or (not word.isalnum() and word not in ".!?;")
        ):
            continue
        else:
            close()
            digits, times = "", 1
    close()
    return found


def _written_phones(text: str) -> list[Span]:
    return [
        Span("phone", match.start, match.end)
        for match in phonenumbers.PhoneNumberMatcher(text, None)
    ]


def _names(text: str, is_caller: bool, names: Iterable[str]) -> list[Span]:
    found = []
    for known in names:
        for part in known.split():
            if len(part) > 1:
                pattern = rf"\b{re.escape(part)}\b"
                found += _matches("name", re.compile(pattern, re.I), text)
    if is_caller:
        for match in _INTRODUCED.finditer(text):
            said = match.group(1).split()
            kept = [w for w in said if w.lower().strip(".,!?") not in NOT_NAMES]
            if kept and said[0] == kept[0]:
                end = match.start(1) + len(match.group(1).rstrip())
                found.append(Span("name", match.start(1), end))
    return found


def introduced(lines: Iterable[Line]) -> set[str]:
    """Return the names by which callers introduced themselves."""
    found = set()
    for line in lines:
        if line.is_caller:
            for span in _names(line.text, True, ()):
                found.add(line.text[span.start : span.end].strip(" .,!?"))
    return found


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Keep the longest of spans that overlap."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start - each.end, each.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda each: each.start)
