"""The intelligence part of the public API."""

from django.urls import path

from intelligence.api import calls

urlpatterns = [
    path("calls/<uuid:call_id>/summary", calls.CallSummary.as_view()),
    path("calls/<uuid:call_id>/reprocess", calls.CallReprocess.as_view()),
]
