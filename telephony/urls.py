"""Pages of the telephony app."""

from django.urls import path

from telephony import callbacks, livekit_webhooks
from telephony.studio import (
    agent_activity,
    calls,
    carriers,
    do_not_call,
    fanouts,
    live_calls,
    numbers,
    pickups,
    placing,
    recordings,
    sharing,
    talk,
    test_calls,
)

app_name = "telephony"
CALLBACKS = [
    path("livekit/webhook", livekit_webhooks.webhook, name="livekit-webhook"),
    path("inbound/<slug:provider>", callbacks.inbound_call, name="inbound"),
    path("inbound/<slug:provider>/", callbacks.inbound_call, name="inbound-too"),
    path(
        "inbound/<slug:provider>/status", callbacks.call_status, name="inbound-status"
    ),
    path(
        "inbound/<slug:provider>/status/<uuid:leg_id>",
        callbacks.call_status,
        name="leg-status",
    ),
    path(
        "inbound/<slug:provider>/answer/<uuid:leg_id>",
        callbacks.outbound_answer,
        name="leg-answer",
    ),
    path(
        "inbound/<slug:provider>/resume", callbacks.stream_ended, name="inbound-resume"
    ),
    path(
        "inbound/<slug:provider>/resume/<uuid:leg_id>",
        callbacks.stream_ended,
        name="leg-resume",
    ),
]
NUMBERS = [
    path("numbers/", numbers.number_list, name="number-list"),
    path("numbers/do-not-call/", do_not_call.entry_list, name="do-not-call-list"),
    path("numbers/do-not-call/new/", do_not_call.entry_new, name="do-not-call-new"),
    path(
        "numbers/do-not-call/<uuid:entry_id>/removal/",
        do_not_call.entry_removal,
        name="do-not-call-removal",
    ),
    path("numbers/new/", numbers.number_new, name="number-new"),
    path("numbers/import/", numbers.number_import, name="number-import"),
    path("numbers/carrier/", carriers.carrier_connect, name="carrier-connect"),
    path("numbers/carrier/trial/", carriers.carrier_trial, name="carrier-trial"),
    path("numbers/carrier/removal/", carriers.carrier_removal, name="carrier-removal"),
    path("numbers/<uuid:number_id>/", numbers.number_detail, name="number-detail"),
    path(
        "numbers/<uuid:number_id>/binding/",
        numbers.number_binding,
        name="number-binding",
    ),
    path(
        "numbers/<uuid:number_id>/simulation/",
        numbers.number_simulation,
        name="number-simulation",
    ),
    path(
        "numbers/<uuid:number_id>/removal/",
        numbers.number_removal,
        name="number-removal",
    ),
]
urlpatterns = [
    *CALLBACKS,
    *NUMBERS,
    path(
        "agents/<uuid:agent_id>/test-calls/",
        test_calls.test_calls,
        name="test-call-list",
    ),
    path(  # the same door, by the name of what a POST there does
        "agents/<uuid:agent_id>/test-calls/",
        test_calls.test_calls,
        name="test-call-create",
    ),
    path(
        "agents/<uuid:agent_id>/test-calls/<uuid:call_id>/",
        test_calls.test_call_detail,
        name="test-call-detail",
    ),
    path(
        "agents/activity/",
        agent_activity.agent_activity,
        name="agent-activity",
    ),
    path("agents/<uuid:agent_id>/share/", sharing.panel, name="share"),
    path(
        "agents/<uuid:agent_id>/share/renewal/", sharing.renewal, name="share-renewal"
    ),
    path("agents/<uuid:agent_id>/testers/", sharing.invite, name="tester-new"),
    path(
        "agents/<uuid:agent_id>/testers/<uuid:tester_id>/again/",
        sharing.again,
        name="tester-again",
    ),
    path(
        "agents/<uuid:agent_id>/testers/<uuid:tester_id>/removal/",
        sharing.removal,
        name="tester-removal",
    ),
    path("talk/<str:token>/", talk.page, name="talk"),
    path("talk/<str:token>/calls/", talk.call, name="talk-call"),
    path("calls/", calls.call_list, name="call-list"),
    path("calls/news/", calls.call_news, name="call-news"),
    path("calls/export/", calls.call_export, name="call-export"),
    path("calls/new/", placing.call_new, name="call-new"),
    path("calls/simulation/", placing.simulation_new, name="simulation-new"),
    path("calls/<uuid:call_id>/simulation/", placing.simulation, name="simulation"),
    path("calls/queue/", fanouts.fanout_list, name="fanout-list"),
    path("calls/queue/new/", fanouts.fanout_new, name="fanout-new"),
    path("calls/queue/<uuid:fanout_id>/", fanouts.fanout_detail, name="fanout-detail"),
    path(
        "calls/queue/<uuid:fanout_id>/pause/",
        fanouts.fanout_pause,
        name="fanout-pause",
    ),
    path(
        "calls/queue/<uuid:fanout_id>/resumption/",
        fanouts.fanout_resumption,
        name="fanout-resumption",
    ),
    path(
        "calls/queue/<uuid:fanout_id>/cancellation/",
        fanouts.fanout_cancellation,
        name="fanout-cancellation",
    ),
    path("calls/live/", live_calls.live_board, name="live-board"),
    path("calls/<uuid:call_id>/", calls.call_detail, name="call-detail"),
    path("calls/<uuid:call_id>/end/", calls.call_end, name="call-end"),
    path(
        "calls/<uuid:call_id>/supervision/",
        live_calls.call_supervision,
        name="call-supervision",
    ),
    path(
        "calls/<uuid:call_id>/participants/",
        live_calls.call_participants,
        name="call-participants",
    ),
    path("calls/<uuid:call_id>/bill/", calls.call_bill, name="call-bill"),
    path("calls/<uuid:call_id>/pickup/", pickups.call_pickup, name="call-pickup"),
    path(
        "calls/<uuid:call_id>/pickup/review/",
        pickups.call_pickup_review,
        name="call-pickup-review",
    ),
    path(
        "calls/<uuid:call_id>/recording/",
        recordings.call_recording,
        name="call-recording",
    ),
    path(
        "calls/<uuid:call_id>/transcript/",
        calls.call_transcript,
        name="call-transcript",
    ),
]
