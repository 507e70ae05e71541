"""Pages of the intelligence app."""

from django.urls import path

from intelligence.studio import analyses

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
]
