"""The telephony part of the public API. Fixed words stand before ids."""

from django.urls import path

from accounts.browser_origins import for_browsers
from telephony.api import calls, fanouts, realtime, recordings

urlpatterns = [
    path("calls", for_browsers(calls.CallList.as_view())),
    path("calls/active", calls.ActiveCallList.as_view()),
    path("calls/fanout", fanouts.Fanout.as_view()),
    path("calls/batch", fanouts.Batch.as_view()),
    path("calls/queue/stats", calls.QueueStats.as_view()),
    path("calls/<uuid:call_id>", calls.CallDetail.as_view()),
    path("calls/<uuid:call_id>/transcript", calls.CallTranscript.as_view()),
    path("calls/<uuid:call_id>/recording", recordings.RecordingDetail.as_view()),
    path("calls/<uuid:call_id>/end", calls.CallEnd.as_view()),
    path("calls/<uuid:call_id>/participants", calls.CallParticipants.as_view()),
    path("agents/<uuid:agent_id>/calls", calls.AgentCallList.as_view()),
    path("recordings/<str:token>", recordings.audio, name="recording-audio"),
    path("realtime/token", realtime.gone),
    path("webrtc/token", realtime.gone),
]
