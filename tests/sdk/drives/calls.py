"""How the client's methods for calls are driven."""

from tests.sdk.drives import PHONE, refused


def calls_list(w):
    call = w.call()
    told = w.rymi.calls.list(limit=10, status="completed")
    assert told["calls"][0]["id"] == str(call.id)
    assert told["next_cursor"] is None


def calls_active(w):
    call = w.live_call()
    assert [each["id"] for each in w.rymi.calls.active()["calls"]] == [str(call.id)]


def calls_retrieve(w):
    call = w.call()
    told = w.rymi.calls.retrieve(str(call.id))
    assert told["room_name"] == f"call_{call.id}"
    assert told["duration_seconds"] == 60


def calls_create(w):
    agent = str(w.agent().id)
    told = w.rymi.calls.create(
        agent,
        [{"transport": "webrtc", "identity": "ann"}],
        metadata={"order": 7},
        variables={"name": "Ann"},
        post_call={"summary": {"enabled": False}},
    )
    assert told["participants"][0]["access"]["token"]
    refused(lambda: w.rymi.calls.create(agent), 400, "invalid_request")
    # The shortcut sends from_number as null.
    refused(lambda: w.rymi.calls.create(agent, to=PHONE), 409, "carrier_not_connected")


def calls_fanout(w):
    agent = str(w.agent().id)
    refused(lambda: w.rymi.calls.fanout(agent, [PHONE]), 409, "carrier_not_connected")


def calls_batch(w):
    agent = str(w.agent().id)
    refused(lambda: w.rymi.calls.batch(agent, [PHONE]), 409, "carrier_not_connected")


def calls_summary(w):
    told = w.rymi.calls.summary(str(w.call().id))
    assert {"summary", "sentiment"} <= set(told)


def calls_transcript(w):
    told = w.rymi.calls.transcript(str(w.call().id))
    assert told["text"] == "Caller: Hello"


def calls_recording(w):
    told = w.rymi.calls.recording(str(w.call().id))
    assert (told["status"], told["format"]) == ("completed", "wav")
    assert told["recording_url"]


def calls_reprocess(w):
    assert isinstance(w.rymi.calls.reprocess(str(w.call().id)), dict)


def calls_end(w):
    told = w.rymi.calls.end(str(w.live_call().id))
    assert (told["status"], told["message"]) == ("ended", "Call has been terminated.")


def calls_add_participants(w):
    call = str(w.live_call().id)
    people = [{"transport": "webrtc", "identity": "bob"}]
    told = w.rymi.calls.add_participants(call, people)
    (bob,) = told["participants"]
    assert (told["id"], bob["identity"], bool(bob["access"]["token"])) == (
        call,
        "bob",
        True,
    )
    over = str(w.call().id)
    refused(lambda: w.rymi.calls.add_participants(over, people), 409, "call_ended")


def calls_queue_stats(w):
    assert all(
        value is None or isinstance(value, int)
        for value in w.rymi.calls.queue_stats().values()
    )
