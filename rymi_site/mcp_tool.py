"""One tool of our MCP server: a request of the public API.

``read`` tools run. ``write`` tools run, too. ``sensitive`` ones spend money, publish,
or destroy: the first call answers with what would be done and a confirmation, the
second one, with the same arguments and that confirmation, does it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Risk = Literal["read", "write", "sensitive"]
CONFIRMATION = "confirmation"
TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer"}
FLAG: dict[str, Any] = {"type": "boolean"}
OBJECT: dict[str, Any] = {"type": "object"}
OBJECTS: dict[str, Any] = {"type": "array", "items": OBJECT}
TEXTS: dict[str, Any] = {"type": "array", "items": TEXT}
PAGE = {"limit": {**NUMBER, "minimum": 1}, "offset": {**NUMBER, "minimum": 0}}
CALLS = {**PAGE, "cursor": TEXT, "status": TEXT}
AGENT_FIELDS: dict[str, Any] = {
    "name": TEXT,
    "system_prompt": TEXT,
    "prompt_mode": {**TEXT, "enum": ["builder", "raw"]},
    "voice": TEXT,
    "language": TEXT,
    "supported_languages": TEXTS,
    "llm_provider": TEXT,
    "llm_model": TEXT,
    "stt_provider": TEXT,
    "stt_model": TEXT,
    "tts_provider": TEXT,
    "tts_model": TEXT,
    "persona": OBJECT,
    "playbook": OBJECT,
    "advanced": OBJECT,
    "features": OBJECT,
    "post_call": OBJECT,
    "tools": OBJECTS,
    "variables": OBJECTS,
}


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: a request, what it takes, and how dangerous it is."""

    name: str
    method: str
    path: str  # below /v1; {names} are taken from the arguments
    description: str
    scope: str
    risk: Risk = "read"
    takes: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    @property
    def in_path(self) -> list[str]:
        """The arguments that are part of the path."""
        return re.findall(r"{(\w+)}", self.path)

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the arguments."""
        properties = {**dict.fromkeys(self.in_path, TEXT), **self.takes}
        if self.risk == "sensitive":
            properties[CONFIRMATION] = {
                **TEXT,
                "description": "From the first answer, once a person has agreed.",
            }
        return {
            "type": "object",
            "properties": properties,
            "required": [*self.in_path, *self.needs],
            "additionalProperties": False,
        }
