"""The draft's post-call settings tried on a past call; nothing is kept."""

from dataclasses import dataclass
from typing import Any

from agents import config as configs
from agents.models import Agent
from intelligence import extraction, judging, minds, talk, writing
from intelligence.made import Made
from providers.errors import ProviderError
from telephony.models import Call

OFFERED = 10


@dataclass(frozen=True, slots=True)
class Trial:
    """What would come of a call."""

    call: Call
    columns: dict[str, Any]
    notes: dict[str, str]  # what is skipped, or by whom it was made
    model: str  # "": rules
    error: str = ""


def offered(agent: Agent) -> list[Call]:
    """Return the last calls in which somebody spoke."""
    spoken = agent.calls.filter(
        workspace_id=agent.workspace_id, transcript_segments__speaker="user"
    )
    return list(
        spoken.distinct()
        .only("id", "created_at", "caller", "summary")
        .order_by("-id")[:OFFERED]
    )


def run(agent: Agent, call: Call) -> Trial:
    """Work a call out as the draft asks. Waits for the model."""
    config = configs.parse(agent.config)
    spoken = talk.read(call)
    mind = minds.of(config, agent.workspace)
    steps = {
        "summary": writing.summary,
        "sentiment": writing.sentiment,
        "extraction": extraction.extract,
        "evaluation": judging.evaluate,
        "promises": judging.check_promises,
    }
    columns: dict[str, Any] = {}
    notes: dict[str, str] = {}
    error = ""
    for name, work in steps.items():
        try:
            made: Made = work(spoken, config, mind)
        except ProviderError as refused:
            error, mind = str(refused), None
            made = work(spoken, config, None)
        columns |= made.columns
        notes[name] = made.note
    return Trial(call, columns, notes, mind.name if mind else "", error)
