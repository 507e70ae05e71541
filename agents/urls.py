"""Pages of the agents app."""

from django.urls import path

from agents.studio import (
    agents,
    changes,
    connectors,
    designs,
    drafts,
    knowledge,
    languages,
    providers,
    publications,
    publishable_keys,
    spending,
    stack,
    tools,
)

app_name = "agents"
urlpatterns = [
    path("agents/", agents.page, name="agent-list"),
    path("agents/new/", designs.new, name="agent-new"),
    path("agents/new/design/", designs.design, name="agent-design"),
    path("agents/<uuid:agent_id>/", drafts.page, name="agent-detail"),
    path(
        "agents/<uuid:agent_id>/sections/<slug:name>/",
        drafts.save,
        name="section-save",
    ),
    path("agents/<uuid:agent_id>/copy/", agents.copy, name="agent-copy"),
    path("agents/<uuid:agent_id>/deletion/", agents.deletion, name="agent-deletion"),
    path(
        "agents/<uuid:agent_id>/restoration/",
        agents.restoration,
        name="agent-restoration",
    ),
    path(
        "agents/<uuid:agent_id>/publication/",
        publications.publication,
        name="publication",
    ),
    path(
        "agents/<uuid:agent_id>/changes/<uuid:change_id>/undo/",
        changes.undo,
        name="change-undo",
    ),
    path(
        "agents/<uuid:agent_id>/versions/<uuid:snapshot_id>/return/",
        changes.go_back,
        name="version-return",
    ),
    path("agents/<uuid:agent_id>/stack/<slug:name>/", stack.channel, name="channel"),
    path("agents/<uuid:agent_id>/kind/", stack.kind, name="stack-kind"),
    path("agents/<uuid:agent_id>/daily-cap/", spending.daily_cap, name="daily-cap"),
    path(
        "agents/<uuid:agent_id>/languages/",
        languages.choose,
        name="language-choose",
    ),
    path(
        "agents/<uuid:agent_id>/languages/search/",
        languages.search,
        name="language-search",
    ),
    path("agents/<uuid:agent_id>/knowledge/", knowledge.page, name="knowledge-list"),
    path("agents/<uuid:agent_id>/knowledge/new/", knowledge.new, name="knowledge-new"),
    path(
        "agents/<uuid:agent_id>/knowledge/search/",
        knowledge.search,
        name="knowledge-search",
    ),
    path(
        "agents/<uuid:agent_id>/knowledge/<uuid:source_id>/",
        knowledge.detail,
        name="knowledge-detail",
    ),
    path(
        "agents/<uuid:agent_id>/knowledge/<uuid:source_id>/refresh/",
        knowledge.refresh,
        name="knowledge-refresh",
    ),
    path(
        "agents/<uuid:agent_id>/knowledge/<uuid:source_id>/deletion/",
        knowledge.deletion,
        name="knowledge-deletion",
    ),
    path("agents/<uuid:agent_id>/tools/", tools.offered, name="tools-offered"),
    path("agents/<uuid:agent_id>/tools/<slug:name>/", tools.tool, name="tool"),
    path(
        "agents/<uuid:agent_id>/tools/<slug:name>/switch/",
        tools.switch,
        name="tool-switch",
    ),
    path(
        "agents/<uuid:agent_id>/tools/<slug:name>/removal/",
        tools.removal,
        name="tool-removal",
    ),
    path(
        "agents/<uuid:agent_id>/tools/<slug:name>/trial/",
        tools.trial,
        name="tool-trial",
    ),
    path("settings/connectors/", connectors.page, name="connector-list"),
    path("settings/connectors/secrets/", connectors.secret, name="tool-secret"),
    path(
        "settings/connectors/secrets/<slug:secret_name>/removal/",
        connectors.secret_removal,
        name="tool-secret-removal",
    ),
    path("settings/connectors/<slug:category>/", connectors.app, name="connector"),
    path(
        "settings/connectors/<slug:category>/removal/",
        connectors.removal,
        name="connector-removal",
    ),
    path(
        "settings/keys/publishable/",
        publishable_keys.panel,
        name="publishable-key-list",
    ),
    path(
        "settings/keys/publishable/new/",
        publishable_keys.new,
        name="publishable-key-new",
    ),
    path(
        "settings/keys/publishable/<uuid:publishable_key_id>/revocation/",
        publishable_keys.revocation,
        name="publishable-key-revocation",
    ),
    path("settings/providers/", providers.page, name="provider-list"),
    path("settings/providers/<slug:provider>/", providers.key, name="provider"),
    path(
        "settings/providers/<slug:provider>/test/", providers.test, name="provider-test"
    ),
    path(
        "settings/providers/<slug:provider>/removal/",
        providers.removal,
        name="provider-removal",
    ),
]
