"""Phone numbers as people write them, and as carriers want them. Pure."""

import re

import phonenumbers

from common.errors import Refusal

E164 = re.compile(r"^\+[1-9]\d{5,14}$")


class NotANumber(Refusal):
    """What was given cannot be dialled."""

    code = "invalid_number"


def e164(text: str, region: str = "") -> str:
    """Return ``+`` and digits, or raise ``NotANumber``; ``region`` (ISO-2) reads
    numbers that are written without their country."""
    found = normalised(text, region)
    if found is None:
        raise NotANumber(
            f"“{str(text)[:40]}” is not a phone number. Write it with its country, such"
            " as +15551234567."
        )
    return found


def normalised(text: str, region: str = "") -> str | None:
    """Return the same, or None."""
    wanted = str(text).strip()
    if wanted.startswith("00"):
        wanted = "+" + wanted[2:]
    try:
        parsed = phonenumbers.parse(wanted, region or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    written = str(
        phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    )
    return written if E164.match(written) else None


def of_carrier(text: str) -> str:
    """Return a carrier's way of writing a number as E.164; hidden ones stay words."""
    bare = text.strip().removeprefix("sip:").split("@")[0]
    digits = re.sub(r"[\s().-]", "", bare)
    if re.fullmatch(r"\+?\d{6,15}", digits):
        return digits if digits.startswith("+") else f"+{digits}"
    return bare[:64]


def country(number: str) -> str:
    """Return the ISO-2 code of a number's country, or nothing."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    return str(phonenumbers.region_code_for_number(parsed) or "")
