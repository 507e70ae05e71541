"""Pages of the intelligence app."""

from django.urls import path

from intelligence.studio import analyses, analytics, evals, retention, trials

app_name = "intelligence"
EVALS = "agents/<uuid:agent_id>/evals/"
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
    path("calls/<uuid:call_id>/test/", evals.from_call, name="call-test"),
    path(EVALS, evals.panel, name="eval-panel"),
    path(f"{EVALS}run/", evals.run, name="eval-run"),
    path(f"{EVALS}seed/", evals.seed, name="eval-seed"),
    path(f"{EVALS}gate/", evals.gate, name="eval-gate"),
    path(f"{EVALS}runs/<uuid:run_id>/", evals.detail, name="eval-detail"),
    path(f"{EVALS}scenarios/new/", evals.new, name="scenario-new"),
    path(f"{EVALS}scenarios/<uuid:scenario_id>/", evals.scenario, name="scenario-edit"),
    path(
        f"{EVALS}scenarios/<uuid:scenario_id>/switch/",
        evals.switch,
        name="scenario-switch",
    ),
    path(
        f"{EVALS}scenarios/<uuid:scenario_id>/removal/",
        evals.removal,
        name="scenario-removal",
    ),
    path("analytics/", analytics.page, name="analytics"),
    path("agents/<uuid:agent_id>/post-call/trial/", trials.trial, name="trial"),
]
