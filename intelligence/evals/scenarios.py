"""A scenario as people write it: lines of text in, documents out, and back."""

from collections.abc import Mapping
from typing import Any

from common.errors import Refusal
from intelligence.models import Scenario

LONGEST = 4_000  # characters of a field
LISTS = {"asks": "caller", "says": "expects", "never": "expects", "tools": "expects"}
PAIRS = {"answers": "caller", "slots": "expects", "mocks": ""}
WORDS = {
    "persona": "caller",
    "opening": "caller",
    "goal": "expects",
    "routing": "expects",
}


class BadScenario(Refusal):
    """What was written cannot be played."""

    code = "invalid_request"


def written(scenario: Scenario) -> dict[str, str]:
    """Return the fields of the form."""
    form = {"name": scenario.name}
    for name, part in WORDS.items():
        form[name] = str(_part(scenario, part).get(name) or "")
    for name, part in LISTS.items():
        form[name] = "\n".join(map(str, _part(scenario, part).get(name) or []))
    for name, part in PAIRS.items():
        pairs = _part(scenario, part).get(name) if part else scenario.mocks
        form[name] = "\n".join(
            f"{key}: {value}" for key, value in (pairs or {}).items()
        )
    form["turns"] = "\n".join(map(str, scenario.caller.get("turns") or []))
    return form


def save(scenario: Scenario, form: Mapping[str, str]) -> None:
    """Keep what was written."""
    if long := next((n for n, text in form.items() if len(text) > LONGEST), None):
        raise BadScenario(f"{long} is longer than {LONGEST:,} characters.")
    name = form.get("name", "").strip()
    if not name:
        raise BadScenario("Give the scenario a name.")
    scenario.name = name[:160]
    caller: dict[str, Any] = {}
    expects: dict[str, Any] = {"ends": bool(scenario.expects.get("ends"))}
    parts = {"caller": caller, "expects": expects}
    for field, part in WORDS.items():
        parts[part][field] = form.get(field, "").strip()
    for field, part in LISTS.items():
        parts[part][field] = _lines(form.get(field, ""))
    caller["answers"] = _pairs("What the caller answers", form.get("answers", ""))
    expects["slots"] = _pairs("What is found out", form.get("slots", ""))
    caller["turns"] = _lines(form.get("turns", ""))
    if not (
        caller["opening"] or caller["turns"] or caller["answers"] or caller["asks"]
    ):
        raise BadScenario("Say what the caller begins with, or answers.")
    scenario.caller, scenario.expects = caller, expects
    scenario.mocks = _pairs("What tools answer", form.get("mocks", ""))
    scenario.save()


def _part(scenario: Scenario, part: str) -> dict[str, Any]:
    found: dict[str, Any] = scenario.caller if part == "caller" else scenario.expects
    return found


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _pairs(title: str, text: str) -> dict[str, str]:
    found = {}
    for line in _lines(text):
        name, colon, value = line.partition(":")
        if not (colon and name.strip() and value.strip()):
            raise BadScenario(
                f"{title}: write each line as “name: words”, not “{line[:60]}”."
            )
        found[name.strip()] = value.strip()
    return found
