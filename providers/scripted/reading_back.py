"""What a recogniser gets wrong, said so that every sign of it can be checked by ear."""

import re

from providers.scripted.kinds import Kind
from providers.scripted.playbook import Step


def read_back(step: Step, value: str) -> str:
    """Return a telephone number or an e-mail address as it is spoken."""
    if step.kind is Kind.PHONE:
        return _grouped(value)
    name, _, host = value.partition("@")
    return f"{_spelt(name)} at {host.replace('.', ' dot ')}"


def _grouped(number: str) -> str:
    plus, found = ("plus ", number[1:]) if number[0] == "+" else ("", number)
    head = len(found) % 3 if len(found) % 3 != 1 else len(found) % 3 + 3
    cuts = [found[:head]] if head else []
    rest = found[head:]
    if len(found) == 10:
        cuts, rest = [found[:3], found[3:6], found[6:]], ""
    elif len(found) == 7:
        cuts, rest = [found[:3], found[3:]], ""
    cuts += re.findall(r"\d{3}", rest)
    return plus + ", ".join(" ".join(group) for group in cuts)


def _spelt(name: str) -> str:
    spoken = {".": "dot", "_": "underscore", "-": "dash", "+": "plus"}
    return " ".join(spoken.get(sign, sign.upper()) for sign in name)
