"""Variables a call brings along, and tools an agent may use."""

from typing import Any, Literal

from pydantic import Field

from agents.config.part import Identifier, Line, Name, Part


class Variable(Part):
    """A value the prompt can use. Found in call metadata, then a system value, then
    the default; else it is asked for or extracted."""

    key: Identifier
    description: Line = ""
    metadataKey: Line | None = None
    required: bool = False
    default: Line | None = None
    acquisition: Literal["ask", "extract", "none"] | None = None
    origin: Literal["caller", "playbook", "postcall", "prompt", "template"] | None = (
        None
    )
    type: Literal["string", "number", "boolean", "enum"] = "string"
    enumValues: list[Line] = Field(default_factory=list)
    systemAlias: Name | None = None


class ToolBinding(Part):
    """One tool of the catalogue and how this agent uses it."""

    tool_id: Name
    enabled: bool = True
    credential_ref: Line | None = None
    timeout_ms: int = Field(6_000, ge=250, le=10_000)
    side_effect: Literal["read", "write"] = "read"
    provider_settings: dict[str, Any] = Field(default_factory=dict)
