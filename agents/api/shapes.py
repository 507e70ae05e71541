"""What the API's description says of agents: the documents' own schemas."""

from functools import cache
from typing import Any, get_args

from agents.config import AgentConfig
from agents.gallery import Template
from agents.provider_keys import Whose
from agents.stack import CHANNELS, REALTIME
from common.api import schemas
from common.api.schemas import ID, MOMENT, TEXT

READ_ONLY: dict[str, Any] = {
    "id": ID,
    "name": TEXT,
    "raw_system_prompt": {**TEXT, "description": "The same as system_prompt."},
    "agent_kind": schemas.one_of(["custom", "managed"]),
    "managed_sku_id": schemas.maybe(TEXT, "null: the agent's stack is its own."),
    "sourceTemplateId": schemas.maybe(TEXT, "null: it was begun without one."),
    "is_published": {"type": "boolean"},
    "snapshot_id": schemas.maybe(ID, "What calls run; null: it is not published."),
    "published_at": schemas.maybe(MOMENT),
    "created_at": MOMENT,
    "updated_at": MOMENT,
}

# Settings of many fields, by their component.
PARTS = {
    "persona": "AgentPersona",
    "playbook": "AgentPlaybook",
    "advanced": "AgentAdvanced",
    "features": "AgentFeatures",
    "post_call": "AgentPostCall",
    "knowledge": "AgentKnowledge",
    "tools": "AgentTools",
    "variables": "AgentVariables",
}
CHOICE = schemas.always(
    {
        "provider": TEXT,
        "model": TEXT,
        "voice": schemas.maybe(TEXT),
        "whose_key": schemas.one_of(get_args(Whose)),
    }
)
IN_FULL: dict[str, Any] = {
    "compiled_prompt": {**TEXT, "description": "What the model is told in a call."},
    "provider_config": {
        "type": "object",
        "description": "What a call would run through, by channel; made by us.",
        "properties": dict.fromkeys([*CHANNELS, REALTIME], CHOICE),
    },
}


@cache
def payload(*, needs_name: bool) -> dict[str, Any]:
    """Return the schema of what creates or changes an agent."""
    described = _inlined(AgentConfig.model_json_schema())["properties"]
    parts = {part: named(component) for part, component in PARTS.items()}
    name = {"type": "string", "minLength": 1, "maxLength": 120}
    found = {
        "type": "object",
        "properties": {"name": name, **described, **parts},
    }
    return {**found, "required": ["name"]} if needs_name else found


def settings() -> dict[str, Any]:
    """Return the schemas of an agent's settings, by name."""
    return dict(payload(needs_name=False)["properties"])


def agent() -> dict[str, Any]:
    """Return the schema of an agent as lists have it."""
    return schemas.always({**settings(), **READ_ONLY})


def agent_in_full() -> dict[str, Any]:
    """Return the schema of one agent as it is read."""
    return schemas.always({**settings(), **READ_ONLY, **IN_FULL})


def template() -> dict[str, Any]:
    """Return the schema of a template."""
    found = _inlined(Template.model_json_schema())["properties"]
    return schemas.always(
        {
            **found,
            "defaults": {
                "type": "object",
                "properties": settings(),
                "description": "Settings to begin with; they can be posted as they are.",
            },
            "status": schemas.one_of(["published"]),
            "visibility": schemas.one_of(["public"]),
        }
    )


@cache
def components() -> dict[str, dict[str, Any]]:
    """Return what the description has once, under a name, and refers to."""
    described = _inlined(AgentConfig.model_json_schema())["properties"]
    return {
        **{component: described[part] for part, component in PARTS.items()},
        "Agent": agent(),
        "AgentInFull": agent_in_full(),
        "AgentTemplate": template(),
    }


def named(component: str) -> dict[str, Any]:
    """Refer to one of the components."""
    return {"$ref": f"#/components/schemas/{component}"}


def done(status: str) -> dict[str, Any]:
    """Return the schema of ``{"status": …, "id": …}``."""
    return schemas.always({"status": schemas.one_of([status]), "id": ID})


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
