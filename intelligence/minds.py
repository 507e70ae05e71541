"""The language model that works after a call, if there is one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Workspace
from agents import stacks
from agents.config import AgentConfig
from agents.provider_keys import Keyring
from agents.stack import Choice
from providers import registry, text
from providers.ports import LlmRequest, Message
from providers.text import Answer

MAX_TOKENS = 2_000
TEMPERATURE = 0.1
NONE = "No language model is connected, so rules did this."


@dataclass
class Mind:
    """A model, whose account it runs through, and what it has used."""

    choice: Choice
    keyring: Keyring = field(repr=False)
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def name(self) -> str:
        """Return ``provider/model``."""
        return f"{self.choice.provider}/{self.choice.model}".rstrip("/")

    def ask(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_tokens: int = MAX_TOKENS,
    ) -> Answer:
        """Get a whole answer, or raise ``ProviderError``. Not for an event loop."""
        model = registry.build(
            "llm", self.choice.provider, **stacks.options(self.choice, self.keyring)
        )
        answer = text.complete(
            model,
            LlmRequest(
                messages=tuple(messages),
                model=self.choice.model,
                temperature=TEMPERATURE,
                max_tokens=max_tokens,
                json_schema=schema,
            ),
        )
        self.input_tokens += answer.usage.input_tokens
        self.output_tokens += answer.usage.output_tokens
        return answer


def of(config: AgentConfig, workspace: Workspace) -> Mind | None:
    """Return the model for work after calls: the one that ``post_call.model`` names,
    else the agent's own; None where only the offline set is there."""
    keyring = Keyring(workspace)
    choice = stacks.resolve(_as_wanted(config), workspace, keyring=keyring).choice(
        "llm"
    )
    return None if choice.is_offline else Mind(choice, keyring)


def _as_wanted(config: AgentConfig) -> AgentConfig:
    wanted = config.post_call.model
    if not wanted.provider:
        if not wanted.model:
            return config
        return config.model_copy(update={"llm_model": wanted.model})
    return config.model_copy(
        update={
            "llm_provider": wanted.provider,
            "llm_model": wanted.model or "",
            "custom_llm_url": None,
        }
    )
