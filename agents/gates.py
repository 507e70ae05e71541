"""Whether an agent's scenarios stand between its draft and real calls.

The floor above plays the scenarios and notes here what came of it.
"""

from typing import Any, Literal

from accounts import audit
from accounts.models import User
from agents.models import Agent
from common.errors import Refusal

Gate = Literal["off", "warn", "block"]
GATES: tuple[Gate, ...] = ("off", "warn", "block")


class NoSuchGate(Refusal):
    """Off, warn or block."""

    code = "invalid_request"


def set_gate(agent: Agent, gate: str, *, by: User) -> None:
    """Say what a failed scenario does to publishing."""
    if gate not in GATES:
        raise NoSuchGate("Choose off, warn or block.")
    agent.eval_gate = gate
    agent.save(update_fields=["eval_gate"])
    audit.record(
        workspace=agent.workspace,
        actor=by,
        verb="agent.gate_changed",
        target=agent.name,
        reason=gate,
    )


def note(agent: Agent, *, revision: int, passed: int, total: int, run: str) -> None:
    """Keep what came of the scenarios of one revision."""
    verdict: dict[str, Any] = {
        "revision": revision,
        "passed": passed,
        "total": total,
        "run": run,
    }
    Agent.objects.filter(pk=agent.pk).update(eval_verdict=verdict)


def complaint(agent: Agent) -> tuple[str, str] | None:
    """Return title and detail of what the gate says against the draft, or None."""
    if agent.eval_gate == "off":
        return None
    verdict = agent.eval_verdict
    if not verdict or verdict.get("revision") != agent.revision:
        return (
            "The draft was not tried on its scenarios",
            "Run them under Evals: they were last tried on another version.",
        )
    failed = verdict["total"] - verdict["passed"]
    if failed:
        return (
            f"{failed} of {verdict['total']} scenarios failed",
            "See under Evals which, and mend the draft or the scenario.",
        )
    return None
