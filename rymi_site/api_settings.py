"""What the frameworks of the API are told, wherever it runs."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    # A view without access.api lets nobody in.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["common.api.nobody.Nobody"],
    "DEFAULT_THROTTLE_CLASSES": ["billing.api.throttles.PerMinute"],
    "DEFAULT_PARSER_CLASSES": ["common.api.json_body.JsonBody"],
    "DEFAULT_RENDERER_CLASSES": ["common.api.json_answer.JsonAnswer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "common.api.json_answer.AlwaysJson",
    "DEFAULT_METADATA_CLASS": None,  # /v1/openapi.json describes it
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "common.api.errors.handler",
}

SPECTACULAR: dict[str, Any] = {
    "TITLE": "Rymi Voice API",
    "VERSION": "1",
    "DESCRIPTION": "Agents, calls and numbers. Send an API key as a bearer token.",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {  # sets of words that stand under several names
        "KeyKindEnum": ["account", "workspace"],
        "AccountRoleEnum": ["owner", "admin", "billing"],
        "WorkspaceRoleEnum": ["admin", "editor", "client", "viewer"],
        "ReachRoleEnum": ["owner", "admin", "editor", "client", "viewer", "billing"],
        "EvalModeEnum": ["synthetic", "live", "replay"],
        "EvalStateEnum": ["waiting", "running", "completed", "failed"],
        "SpeakerEnum": ["user", "agent"],
        "QueuedStatusEnum": ["queued"],
        "DisconnectedStatusEnum": ["disconnected"],
        "BlockedStatusEnum": ["blocklisted"],
        "ConnectedStatusEnum": ["connected"],
        "ParticipantRoleEnum": ["agent", "customer", "observer"],
        "BalanceToneEnum": ["ok", "low", "critical", "depleted"],
        "SystemLevelEnum": ["operational", "degraded", "outage"],
        "TicketOutputStatusEnum": "accounts.models.SupportTicket.Status",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "rymi_site.api_schema.with_refusals",
    ],
}
