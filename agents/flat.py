"""The flat names of settings that older clients, templates and ``apply-changes`` use."""

from collections.abc import Callable, Mapping
from typing import Any

from agents import config as configs
from agents import payload

# Flat name → place in the document.
PLACES = {
    "systemPrompt": "system_prompt",
    "rawSystemPrompt": "system_prompt",
    "supportedLanguages": "supported_languages",
    "promptMode": "advanced.prompt_mode",
    "role": "persona.role",
    "audienceDescription": "persona.audienceDescription",
    "tone": "persona.toneOverride",
    "accent": "persona.voiceConfig.accent",
    "bargeInEnabled": "persona.voiceConfig.bargeInEnabled",
    "callerPersonas": "persona.callerPersonas",
    "successCriteria": "persona.successCriteria",
    "companyName": "persona.companyName",
    "companyWebsite": "persona.companyWebsite",
    "companyDescription": "persona.companyDescription",
    "businessType": "persona.businessType",
    "knowledgeBase": "persona.knowledgeBase",
    "opener": "playbook.opener",
    "qualificationFlow": "playbook.qualificationFlow",
    "requiredSlots": "playbook.requiredSlots",
    "primaryCTA": "playbook.closingCTA",
    "closingCTA": "playbook.closingCTA",
    "backupGoal": "playbook.fallbackCTA",
    "fallbackCTA": "playbook.fallbackCTA",
    "escalationRule": "playbook.escalationRule",
    "endCallMessage": "playbook.endCallMessage",
    "scripts": "playbook.scripts",
    "objections": "playbook.objectionHandlers",
    "restrictedTopics": "advanced.offLimitsTopics",
    "offLimits": "advanced.offLimitsTopics",
    "forbiddenPromises": "advanced.prohibitedClaims",
    "prohibitedClaims": "advanced.prohibitedClaims",
    "recordingEnabled": "features.recording_enabled",
    "transcriptionEnabled": "features.transcription_enabled",
    "requireConsent": "features.require_consent",
    "postCallSummaryEnabled": "post_call.summary.enabled",
    "postCallSummaryPrompt": "post_call.summary.prompt",
    "postCallSchema": "post_call.structured_extraction.json_schema",
    "postCallExtractionFields": "post_call.structured_extraction.json_schema",
    "extractionTags": "post_call.structured_extraction.json_schema",
    "postCallEvaluationRubric": "post_call.evaluation.rubric",
    "postCallLlmProvider": "post_call.model.provider",
    "postCallLlmModel": "post_call.model.model",
}
# Known of old and settled elsewhere, or not at all: taken, and not kept here.
TAKEN = frozenset(
    {
        *configs.NOT_OURS,
        "attached_numbers",
        "postCallEvaluationEnabled",
        "postCallExtractionEnabled",
        "smsContinuationEnabled",
        "smsContinuationReconnectUrl",
    }
)


def _slots(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [{"name": each} if isinstance(each, str) else each for each in value]


def _lines(value: Any) -> Any:
    return "\n".join(map(str, value)) if isinstance(value, list) else value


def _schema(value: Any) -> Any:
    """Turn a list of fields into an object schema; a schema stays."""
    if not isinstance(value, list):
        return value
    found = {}
    for each in value:
        name = each if isinstance(each, str) else str(each.get("name", ""))
        words = each.get("description", "") if isinstance(each, dict) else ""
        found[name] = {"type": "string", **({"description": words} if words else {})}
    return {"type": "object", "properties": found} if found else None


_SHAPED: dict[str, Callable[[Any], Any]] = {
    "requiredSlots": _slots,
    "restrictedTopics": _lines,
    "offLimits": _lines,
    "forbiddenPromises": _lines,
    "prohibitedClaims": _lines,
    "postCallExtractionFields": _schema,
    "extractionTags": _schema,
}


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document for what may be flat, nested, or both."""
    document: dict[str, Any] = {}
    for name, value in flat.items():
        if value is None or name in TAKEN:
            continue
        put(document, place(name) or name, _SHAPED.get(name, _as_it_is)(value))
    return payload.nested(document)


def _as_it_is(value: Any) -> Any:
    return value


def place(name: str) -> str | None:
    """Return where a setting lives, by its flat name or dotted path; None: nowhere."""
    if name in PLACES:
        return PLACES[name]
    shape: Any = configs.defaults().document()
    if name in shape["advanced"]:
        return f"advanced.{name}"
    for step in name.split("."):
        if not isinstance(shape, dict) or step not in shape:
            return None
        shape = shape[step]
    return name


def put(document: dict[str, Any], path: str, value: Any) -> None:
    """Set a dotted path, making what is missing on the way; an object is merged."""
    *parents, leaf = path.split(".")
    holder = document
    for step in parents:
        inner = holder.get(step)
        holder[step] = inner = dict(inner) if isinstance(inner, dict) else {}
        holder = inner
    known = holder.get(leaf)
    if isinstance(known, dict) and isinstance(value, dict):
        value = {**known, **value}
    holder[leaf] = value
