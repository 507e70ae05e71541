"""Variables a call brings along, and tools an agent may use."""

from typing import Any, Literal

from pydantic import Field

from agents.config.part import Identifier, Line, Name, Part


class Variable(Part):
    """A value the prompt can use. Found in call metadata, then a system value, then
    the default; else it is asked for or extracted."""

    key: Identifier = Field(title="Key", description="Used as {{key}} in any text.")
    description: Line = Field("", title="What it is")
    metadataKey: Line | None = Field(
        None,
        title="Name in call metadata",
        description="Where a call brings it under another name.",
    )
    required: bool = Field(
        False, title="Needed", description="A call without it is refused."
    )
    default: Line | None = Field(None, title="Default")
    acquisition: Literal["ask", "extract", "none"] | None = Field(
        None,
        title="Where it comes from in a call",
        description="Asked for, taken from what the caller says, or neither.",
    )
    origin: Literal["caller", "playbook", "postcall", "prompt", "template"] | None = (
        Field(None, title="Who introduced it")
    )
    type: Literal["string", "number", "boolean", "enum"] = Field("string", title="Type")
    enumValues: list[Line] = Field(
        default_factory=list,
        title="Values",
        description="For enum: any other value counts as missing. None: any text.",
    )
    systemAlias: Name | None = Field(
        None,
        title="Same as",
        description="A value every call knows, such as company_name or agent_name.",
    )


class ToolBinding(Part):
    """One tool of the catalogue and how this agent uses it."""

    tool_id: Name = Field(title="Tool")
    enabled: bool = Field(True, title="On")
    credential_ref: Line | None = Field(None, title="Credential")
    timeout_ms: int = Field(
        6_000, ge=250, le=10_000, title="Time limit", description="ms; 250 to 10,000."
    )
    side_effect: Literal["read", "write"] = Field("read", title="Effect")
    consent: Literal["auto", "always", "never"] = Field(
        "auto",
        title="Ask the caller first",
        description="For tools that write. auto: once something from outside has been"
        " read in the call; always; or never, for outside sources you trust.",
    )
    provider_settings: dict[str, Any] = Field(
        default_factory=dict, title="Settings", description="As the tool takes them."
    )
