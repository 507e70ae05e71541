"""The telephony part of the public API. Fixed words stand before ids."""

from django.urls import path

from accounts.browser_origins import for_browsers
from telephony.api import (
    balance,
    calls,
    dnc,
    fanouts,
    numbers,
    realtime,
    recordings,
    share_links,
    telephony,
    usage,
)

urlpatterns = [
    path("billing/balance", balance.BalanceDetail.as_view()),
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
    path("agents/<uuid:agent_id>/testers", share_links.Testers.as_view()),
    path("agents/<uuid:agent_id>/share-link", share_links.ShareLinkDetail.as_view()),
    path(
        "agents/<uuid:agent_id>/share-link/regenerate",
        share_links.ShareLinkRenewal.as_view(),
    ),
    path("auth/me", usage.Me.as_view()),
    path("workspaces/<uuid:workspace_id>/usage", usage.WorkspaceUsage.as_view()),
    path("accounts/<uuid:account_id>/workspaces", usage.AccountWorkspaces.as_view()),
    path("recordings/<str:token>", recordings.audio, name="recording-audio"),
    path("numbers", numbers.NumberList.as_view()),
    path("numbers/<str:number>", numbers.NumberDetail.as_view()),
    path("numbers/<str:number>/attach", numbers.NumberAttachment.as_view()),
    path("numbers/<str:number>/detach", numbers.NumberDetachment.as_view()),
    path("numbers/<str:number>/webhook", numbers.NumberWebhook.as_view()),
    path(
        "telephony/providers", telephony.CarrierList.as_view(), name="api-carrier-list"
    ),
    path("telephony/validate", telephony.CarrierTrial.as_view()),
    path("telephony/connect", telephony.CarrierConnect.as_view()),
    path("telephony/disconnect", telephony.CarrierDisconnect.as_view()),
    path("telephony/status", telephony.CarrierStatus.as_view()),
    path("telephony/numbers", telephony.CarrierNumbers.as_view()),
    path("dnc", dnc.DoNotCallList.as_view()),
    path("dnc/batch", dnc.DoNotCallBatch.as_view()),
    path("dnc/check", dnc.DoNotCallCheck.as_view()),
    path("dnc/<str:phone>", dnc.DoNotCallDetail.as_view()),
    path("realtime/token", realtime.gone),
    path("webrtc/token", realtime.gone),
]
