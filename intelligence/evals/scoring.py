"""The offline scorer: did what should come of a call come of it? Pure."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from intelligence.evals.stage import Played
from intelligence.rules import extraction, promises
from providers.scripted.matching import covered, plain, says
from providers.scripted.playbook import Playbook

ENOUGH = 0.5  # of an expected sentence's meaning, from which it was said


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    passed: bool
    detail: str = ""

    def document(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return asdict(self)


def score(
    played: Played,
    expects: dict[str, Any],
    playbook: Playbook,
    purposes: dict[str, str],
) -> list[Check]:
    """Look at everything a scenario expects, and at what always must hold."""
    checks = [Check("The agent replied every time", not played.failure, played.failure)]
    agent = " ".join(line.text for line in played.talk.agent)
    checks += _slots(played, expects.get("slots") or {}, playbook)
    for wanted in expects.get("says") or []:
        checks.append(
            Check(
                f"It says: {_short(wanted)}",
                covered(str(wanted), agent) >= ENOUGH,
                "Not said, nor anything like it.",
            )
        )
    for banned in expects.get("never") or []:
        checks.append(
            Check(
                f"It never says: {_short(banned)}",
                not says(agent, [plain(str(banned))]),
                "It was said.",
            )
        )
    ran = {deed.name for deed in played.deeds}
    for tool in expects.get("tools") or []:
        checks.append(Check(f"It uses {tool}", tool in ran, "The tool did not run."))
    if routing := expects.get("routing"):
        checks.append(
            Check(
                f"It recognises: {routing}",
                routing in played.routing,
                f"Recognised: {', '.join(played.routing) or 'nobody'}.",
            )
        )
    if expects.get("ends"):
        checks.append(
            Check("The call comes to an end", _ended(played), "It went on and on.")
        )
    unkept = promises.unkept(played.talk, purposes)
    told = "; ".join(f"promised {each.promise}: “{each.quote}”" for each in unkept)
    checks.append(Check("It promises nothing that it does not do", not unkept, told))
    return [check if not check.passed else Check(check.name, True) for check in checks]


def _slots(played: Played, wanted: dict[str, Any], playbook: Playbook) -> list[Check]:
    found = extraction.slots(played.talk, playbook) if wanted else {}
    checks = []
    for name, value in wanted.items():
        got = found[name].value if name in found else None
        detail = "Not found out." if got is None else f"Understood as “{got}”."
        checks.append(Check(f"It finds out {name}", same(got, value), detail))
    return checks


def same(got: Any, wanted: Any) -> bool:
    """Tell whether two values are one, however they were written."""
    if got is None:
        return False
    digits = [re.sub(r"\D", "", str(each)) for each in (got, wanted)]
    if len(digits[1]) >= 6:
        return digits[0].endswith(digits[1][-9:]) or digits[1].endswith(digits[0][-9:])
    left, right = plain(str(got)), plain(str(wanted))
    return (
        left == right
        or (bool(right) and right in left)
        or (bool(left) and left in right)
    )


def _ended(played: Played) -> bool:
    if played.ended_by_agent:
        return True
    last = played.lines[-1].text if played.lines else ""
    return says(last, ("goodbye", "bye", "have a good day", "thank you for calling"))


def _short(text: Any) -> str:
    words = str(text)
    return words if len(words) <= 80 else f"{words[:79].rstrip()}…"
