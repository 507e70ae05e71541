"""What the API's description says of agents: the documents' own schemas."""

from functools import cache
from typing import Any

from agents.config import AgentConfig

READ_ONLY: dict[str, Any] = {
    "id": {"type": "string", "format": "uuid"},
    "name": {"type": "string"},
    "raw_system_prompt": {"type": "string"},
    "agent_kind": {"type": "string", "enum": ["custom", "managed"]},
    "managed_sku_id": {"type": "string", "nullable": True},
    "sourceTemplateId": {"type": "string", "nullable": True},
    "is_published": {"type": "boolean"},
    "snapshot_id": {"type": "string", "format": "uuid", "nullable": True},
    "published_at": {"type": "string", "format": "date-time", "nullable": True},
    "created_at": {"type": "string", "format": "date-time"},
    "updated_at": {"type": "string", "format": "date-time"},
}


@cache
def payload(*, needs_name: bool) -> dict[str, Any]:
    """Return the schema of what creates or changes an agent."""
    schema = _inlined(AgentConfig.model_json_schema())
    name = {"type": "string", "minLength": 1, "maxLength": 120}
    found = {
        "type": "object",
        "properties": {"name": name, **schema["properties"]},
    }
    return {**found, "required": ["name"]} if needs_name else found


@cache
def agent() -> dict[str, Any]:
    """Return the schema of an agent as it is read."""
    settings = payload(needs_name=False)["properties"]
    return {
        "type": "object",
        "required": ["id", "name", "created_at"],
        "properties": {**{name: {} for name in settings}, **READ_ONLY},
    }


def listing(key: str, row: dict[str, Any], **beside: Any) -> dict[str, Any]:
    """Return the schema of a page of rows."""
    number = {"type": "integer"}
    return {
        "type": "object",
        "required": [key, "total", "limit", "offset"],
        "properties": {
            key: {"type": "array", "items": row},
            "total": number,
            "limit": number,
            "offset": number,
            "next_cursor": {"type": "string", "nullable": True},
            **beside,
        },
    }


def done(status: str, **beside: Any) -> dict[str, Any]:
    """Return the schema of ``{"status": …, "id": …}``."""
    return {
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": {"type": "string", "enum": [status]},
            "id": {"type": "string", "format": "uuid"},
            **beside,
        },
    }


ANY = {"type": "object", "additionalProperties": True}


def body(schema: dict[str, Any]) -> Any:
    """Wrap a schema the way the description's generator takes it."""
    return {"application/json": schema}


def answer(schema: dict[str, Any]) -> Any:
    """Say of a schema that it is what 200 answers with."""
    return {200: schema}


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Put definitions where they are referred to; null is said as OpenAPI 3.0 does."""
    definitions = schema.get("$defs", {})

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(each) for each in value]
        if not isinstance(value, dict):
            return value
        if reference := value.get("$ref"):
            return walk(definitions[reference.rsplit("/", 1)[-1]])
        found = {k: walk(v) for k, v in value.items() if k not in ("$defs", "const")}
        if "const" in value:
            found["enum"] = [value["const"]]
        options = found.get("anyOf")
        if options and {"type": "null"} in options:
            others = [each for each in options if each != {"type": "null"}]
            del found["anyOf"]
            found = {**others[0], **found, "nullable": True}
        return found

    return dict(walk(schema))
