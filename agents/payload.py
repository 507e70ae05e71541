"""An agent as the public API speaks of it, and as it is kept: both ways.

The payload is nested like the document of ``agents.config``; it differs in a few names,
in fields that only the reading side has, and in being partial when it changes an agent.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from agents import brief as briefs
from agents import config as configs
from agents import prompting
from agents.config import AgentConfig
from agents.models import Agent
from agents.stack import Stack
from agents.tools import bindings

# Taken at the top, too; they live elsewhere in the document.
MOVED = {
    "prompt": "system_prompt",
    "promptMode": "advanced.prompt_mode",
    "prompt_mode": "advanced.prompt_mode",
}
# Parts whose insides are values of the customer's, never settings.
WHOLE = frozenset({"json_schema", "provider_settings"})
_YOU_ARE = re.compile(
    r"^\s*you(?:'re| are)\s+(.{3,200}?)(?:[.!\n]|$)", re.IGNORECASE | re.DOTALL
)


def config_of(payload: Mapping[str, Any]) -> AgentConfig:
    """Return the configuration of a new agent; raise ``config.Invalid``."""
    config = configs.parse(nested(payload))
    if _is_to_be_built(payload, config):
        return _built(config)
    return config


def changes_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a partial payload changes, by dotted path, for ``authoring.edit``."""
    document = nested(payload)
    for name in configs.NOT_OURS:
        document.pop(name, None)
    configs.parse(document)  # names what is wrong as the customer wrote it
    shape = configs.defaults().document()
    changes = dict(_leaves(document, shape))
    if "name" in payload:
        if not isinstance(payload["name"], str):
            raise configs.Invalid([configs.Problem("name", "send a text")])
        changes["name"] = payload["name"]
    return changes


def nested(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload with what has moved in its place."""
    document = {name: value for name, value in payload.items() if name not in MOVED}
    for name, place in MOVED.items():
        if name in payload:
            _put(document, place, payload[name])
    return configs.with_older_forms(document)


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    holder, _, leaf = path.rpartition(".")
    inner = document
    if holder:
        if not isinstance(document.get(holder) or {}, dict):
            return  # the check will name it
        inner = document[holder] = dict(document.get(holder) or {})
    inner.setdefault(leaf, value)


def _leaves(given: Mapping[str, Any], shape: Any, path: str = "") -> Any:
    """Yield each setting that is given; an object changes only what it names."""
    for name, value in given.items():
        here = f"{path}.{name}" if path else name
        known = shape.get(name) if isinstance(shape, dict) else None
        inside = isinstance(known, dict) and known and name not in WHOLE
        if inside and isinstance(value, dict):
            yield from _leaves(value, known, here)
        else:
            yield here, {} if inside and value is None else value


def _is_to_be_built(payload: Mapping[str, Any], config: AgentConfig) -> bool:
    return bool(
        config.advanced.prompt_mode == "builder"
        and config.system_prompt
        and not payload.get("persona")
        and not payload.get("playbook")
    )


def _built(config: AgentConfig) -> AgentConfig:
    """Give a prompt the structure that its words say; the prompt itself stays."""
    found = briefs.read(config.system_prompt)
    told = _YOU_ARE.match(config.system_prompt)
    persona: dict[str, Any] = {}
    if told:
        persona["role"] = " ".join(told[1].split())
    if found.company:
        persona["companyName"] = found.company[:120]
    update = config.persona.model_copy(update=persona)
    return config.model_copy(update={"persona": update})


# ---------------------------------------------------------------- reading


def shown(agent: Agent, stack: Stack | None = None) -> dict[str, Any]:
    """Return one agent in full, with its prompt and what calls would run through."""
    config = configs.parse(agent.config)
    published = agent.published
    return {
        **settings(config.document()),
        **beside(
            agent=agent.id,
            name=agent.name,
            template=agent.template,
            published=published.id if published else None,
            published_at=published.created_at if published else None,
            created_at=agent.created_at,
            updated_at=agent.updated_at,
        ),
        "compiled_prompt": prompting.outline(config, agent.name),
        "provider_config": _provider_config(stack) if stack else {},
    }


def settings(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document as the API shows it."""
    sku_id = document.get("managed_sku_id") or None
    return {
        **{name: value for name, value in document.items() if name not in BESIDE},
        "tools": bindings.shown(document.get("tools") or []),
        "raw_system_prompt": document.get("system_prompt", ""),
        "agent_kind": "managed" if sku_id else "custom",
        "managed_sku_id": sku_id,
    }


# What is shown of an agent and is no setting of its document.
BESIDE = frozenset(
    "id name sourceTemplateId is_published snapshot_id published_at created_at"
    " updated_at".split()
)


def beside(
    *,
    agent: UUID,
    name: str,
    template: str,
    published: UUID | None,
    published_at: datetime | None,
    created_at: datetime,
    updated_at: datetime,
) -> dict[str, Any]:
    """Return what stands beside the settings; ``BESIDE`` has the names."""
    return {
        "id": str(agent),
        "name": name,
        "sourceTemplateId": template or None,
        "is_published": published is not None,
        "snapshot_id": str(published) if published else None,
        "published_at": published_at,
        "created_at": created_at,
        "updated_at": updated_at,
    }


def _provider_config(stack: Stack) -> dict[str, Any]:
    return {
        choice.channel: {
            "provider": choice.provider,
            "model": choice.model,
            "voice": choice.voice or None,
            "whose_key": choice.whose,
        }
        for choice in stack.talking
    }
