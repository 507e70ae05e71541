"""What a call needs before it is admitted: values for its prompt, and a stack."""

from collections.abc import Mapping
from typing import Any

from accounts.models import Workspace
from agents import prompting, stacks
from agents.config import AgentConfig
from agents.models import Agent
from agents.stack import Stack
from common.errors import Refusal

# What is told of values that are missing, by who could have brought them.
FILL_IN = "This agent needs {}. Fill it in before the call."
SEND = "This agent needs {}. Send it in variables."
NOT_BROUGHT = "The agent needs {}, which a caller does not bring."


class MissingVariables(Refusal):
    """The agent needs values that the call does not bring along."""

    code = "missing_variables"


class CannotRun(Refusal):
    """No stack covers the agent's language."""

    code = "no_stack"
    status = 409


def variables(
    agent: Agent, config: AgentConfig, given: Mapping[str, Any], sentence: str
) -> None:
    """Raise ``MissingVariables`` with the sentence that names those that are not given."""
    _, missing = prompting.resolve_variables(config, given, agent.name)
    if missing:
        raise MissingVariables(sentence.format(", ".join(missing)))


def stack(config: AgentConfig, workspace: Workspace) -> Stack:
    """Return what a spoken call runs through, or raise ``CannotRun``."""
    found = stacks.resolve(config, workspace)
    if found.blockers:
        blocker = found.blockers[0]
        raise CannotRun(f"{blocker.title}. {blocker.detail}")
    return found
