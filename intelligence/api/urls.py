"""The intelligence part of the public API."""

from django.urls import path

from intelligence.api import analytics, calls, evals

urlpatterns = [
    path("calls/<uuid:call_id>/summary", calls.CallSummary.as_view()),
    path("calls/<uuid:call_id>/reprocess", calls.CallReprocess.as_view()),
    path("agents/evals/suite", evals.EvalSuite.as_view()),
    path("agents/<uuid:agent_id>/evals/run", evals.EvalStart.as_view()),
    path("agents/<uuid:agent_id>/evals/runs", evals.EvalRunList.as_view()),
    path(
        "agents/<uuid:agent_id>/evals/runs/<uuid:run_id>",
        evals.EvalRunDetail.as_view(),
    ),
    path("analytics/spend", analytics.Spend.as_view()),
]
