"""Language models: what one is told, and the reply as it comes."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A function the model may call; ``parameters`` is a JSON Schema object."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a function; ``arguments`` is parsed JSON."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation.

    A ``tool`` message answers the call named by ``tool_call_id``. An ``assistant``
    message holds only what the caller really heard.
    """

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What the reply cost the vendor, in tokens; sent once, last."""

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int = 0


LlmEvent = TextDelta | ToolCall | Usage


@dataclass(frozen=True, slots=True)
class LlmRequest:
    """One reply wanted."""

    messages: Sequence[Message]
    model: str = ""
    tools: Sequence[ToolSpec] = ()
    temperature: float = 0.5
    max_tokens: int = 250
    json_schema: dict[str, Any] | None = None  # reply must be JSON that fits it
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LlmCapabilities:
    """What a language model can do."""

    tools: bool = True
    scripted: bool = False  # no model at all: the offline brain. Say so to people


class LanguageModel(Protocol):
    """A mind that replies."""

    capabilities: LlmCapabilities

    def reply(self, request: LlmRequest) -> AsyncIterator[LlmEvent]:
        """Stream one reply; closing the iterator cancels it.

        Raises ``ProviderError`` on the first ``anext`` or in mid-stream.
        """

    async def prewarm(self, request: LlmRequest | None = None) -> None:
        """Do ahead of need what the first reply would wait for: a connection, or
        reading what ``request`` (without messages) will bring. Failures are silent."""
