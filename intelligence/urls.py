"""Pages of the intelligence app."""

from django.urls import path

from intelligence.studio import analyses, retention

app_name = "intelligence"
urlpatterns = [
    path(
        "calls/<uuid:call_id>/analysis/",
        analyses.call_analysis,
        name="call-analysis",
    ),
    path(
        "calls/<uuid:call_id>/analysis/again/",
        analyses.call_reprocess,
        name="call-reprocess",
    ),
    path("calls/<uuid:call_id>/hold/", analyses.call_hold, name="call-hold"),
    path("settings/retention/", retention.page, name="retention"),
    path("settings/retention/keep/", retention.keep, name="retention-keep"),
    path("settings/retention/masked/", retention.masked, name="retention-masked"),
    path(
        "settings/retention/agents/<uuid:agent_id>/",
        retention.agent,
        name="retention-agent",
    ),
    path("settings/retention/holds/", retention.hold, name="retention-hold"),
    path(
        "settings/retention/holds/<uuid:hold_id>/release/",
        retention.release,
        name="retention-release",
    ),
    path("settings/retention/person/", retention.person, name="person"),
    path("settings/retention/person/export/", retention.export, name="person-export"),
    path("settings/retention/person/erasure/", retention.erase, name="person-erase"),
    path("settings/retention/receipts/", retention.receipts, name="erasure-receipts"),
]
