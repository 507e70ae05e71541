"""The agents part of the public API. Fixed words stand before ids."""

from django.urls import path

from agents.api import (
    agents,
    catalogue,
    changes,
    designs,
    estimate,
    knowledge,
    providers,
    publications,
    publishable_keys,
    tool_secrets,
)

KNOWLEDGE = "agents/<uuid:agent_id>/knowledge-sources"

urlpatterns = [
    path("billing/estimate", estimate.Estimate.as_view()),
    path("keys/publishable", publishable_keys.PublishableKeyList.as_view()),
    path(
        "keys/publishable/<uuid:publishable_key_id>",
        publishable_keys.PublishableKeyDetail.as_view(),
    ),
    path("providers", providers.ProviderList.as_view()),
    path("providers/fields", providers.ProviderFields.as_view()),
    path("providers/<slug:provider>", providers.ProviderDetail.as_view()),
    path("voice-providers/elevenlabs/status", providers.ElevenLabsStatus.as_view()),
    path(
        "voice-providers/elevenlabs/connect", providers.ElevenLabsConnection.as_view()
    ),
    path("voice-providers/elevenlabs/sync", providers.ElevenLabsSync.as_view()),
    path("agent-templates", catalogue.TemplateList.as_view()),
    path("agents", agents.AgentList.as_view()),
    path("agents/llm-options", catalogue.LlmOptions.as_view()),
    path("agents/generate", designs.Generation.as_view()),
    path("agents/apply-changes", designs.Proposal.as_view()),
    path("agents/enrich-company", designs.Enrichment.as_view()),
    path("agents/stack-preview", designs.StackPreview.as_view()),
    path("agents/validate-publish", publications.Validation.as_view()),
    path("agents/<uuid:agent_id>", agents.AgentDetail.as_view()),
    path("agents/<uuid:agent_id>/clone", agents.AgentCopy.as_view()),
    path("agents/<uuid:agent_id>/publish", publications.Publication.as_view()),
    path("agents/<uuid:agent_id>/changes", changes.ChangeList.as_view()),
    path(
        "agents/<uuid:agent_id>/changes/<uuid:change_id>/undo",
        changes.ChangeUndo.as_view(),
    ),
    path("tool-secrets", tool_secrets.ToolSecretList.as_view()),
    path("tool-secrets/<str:secret_name>", tool_secrets.ToolSecretDetail.as_view()),
    path(f"{KNOWLEDGE}", knowledge.KnowledgeList.as_view()),
    path(f"{KNOWLEDGE}/upload", knowledge.KnowledgeUpload.as_view()),
    path(f"{KNOWLEDGE}/search", knowledge.KnowledgeSearch.as_view()),
    path(f"{KNOWLEDGE}/<uuid:source_id>", knowledge.KnowledgeDetail.as_view()),
    path(f"{KNOWLEDGE}/<uuid:source_id>/refresh", knowledge.KnowledgeRefresh.as_view()),
]
