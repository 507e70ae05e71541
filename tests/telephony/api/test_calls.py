from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from agents import authoring, publishing
from agents import config as configs
from common import clock
from telephony import calls, media_tokens, participants
from telephony.models import Call, Participant, Recording, TranscriptSegment
from tests import factories

BROWSER = {"transport": "webrtc", "identity": "visitor-1"}
PAGE = "https://shop.example.com"


def body(agent, **more):
    return {"agent_id": str(agent.id), "participants": [BROWSER], **more}


def test_a_call_is_started_and_its_token_opens_the_socket(api, agent):
    answer = api.post("/calls", body(agent, metadata={"order": "17"}))

    assert answer.status_code == 201, answer.json()
    told = answer.json()
    call = Call.objects.get(pk=told["id"])
    assert told["room_name"] == f"call_{call.id}"
    assert told["status"] == "connecting"
    assert told["agent"] == {"id": str(agent.id), "name": "Desk"}
    [seat] = told["participants"]
    assert (seat["transport"], seat["identity"]) == ("webrtc", "visitor-1")
    assert seat["access"]["url"].endswith("/media/browser/")
    token = media_tokens.claim(seat["access"]["token"], now=clock.now())
    assert token.call_id == call.id
    assert call.metadata == {"order": "17"}


def test_the_published_agent_talks_and_not_its_draft(api, agent, owner):
    snapshot = publishing.publish(agent, by=owner)
    authoring.edit(agent, changes={"persona.role": "thief"}, by=owner)

    told = api.post("/calls", body(agent)).json()

    call = Call.objects.get(pk=told["id"])
    assert call.snapshot_id == snapshot.id
    assert call.config["persona"]["role"] == "clerk"


def test_what_comes_after_can_be_changed_for_one_call(api, agent):
    after = {"summary": {"prompt": "Two words."}, "evaluation": {"rubric": "Sold?"}}

    told = api.post("/calls", body(agent, post_call=after)).json()

    kept = Call.objects.get(pk=told["id"]).config["post_call"]
    assert kept["summary"] == {"enabled": True, "prompt": "Two words."}
    assert kept["evaluation"]["rubric"] == "Sold?"


@pytest.mark.parametrize(
    "wrong",
    [
        {"participants": []},
        {"participants": None},
        {"participants": [{"transport": "webrtc"}]},
        {"participants": [{"transport": "pigeon", "identity": "x"}]},
        {"participants": [{"transport": "webrtc", "identity": "x" * 121}]},
        {"participants": "x"},
        {"agent_id": "x"},
        {"metadata": []},
        {"metadata": {"x": "y" * 20_000}},
        {"post_call": {"summary": {"colour": "red"}}},
    ],
)
def test_what_cannot_be_is_refused(api, agent, workspace, wrong):
    answer = api.post("/calls", {**body(agent), **wrong})

    assert answer.status_code == 400, answer.json()
    assert answer.json()["code"] == "invalid_request"
    assert workspace.calls.count() == 0


def test_two_browsers_meet_in_one_call(api, agent):
    two = [BROWSER, {**BROWSER, "identity": "b"}]

    answer = api.post("/calls", body(agent, participants=two))

    assert answer.status_code == 201, answer.json()
    people = answer.json()["participants"]
    assert [each["identity"] for each in people] == ["visitor-1", "b"]
    call = Call.objects.get(pk=answer.json()["id"])
    tokens = [each["access"]["token"] for each in people]
    claimed = [media_tokens.claim(each, now=clock.now()) for each in tokens]
    assert [each.call_id for each in claimed] == [call.id, call.id]
    assert len({each.participant_id for each in claimed}) == 2


def test_without_credit_it_is_402(api, workspace, owner):
    broke = authoring.create(
        workspace=workspace, name="Desk", config=configs.defaults(), by=owner
    )

    answer = api.post("/calls", body(broke))

    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient_credit")


def test_a_variable_that_is_needed_and_missing_is_named(api, agent, owner):
    authoring.edit(
        agent, changes={"variables": [{"key": "plan", "required": True}]}, by=owner
    )

    missing = api.post("/calls", body(agent))
    there = api.post("/calls", body(agent, variables={"plan": "Gold"}))

    assert (missing.status_code, missing.json()["code"]) == (400, "missing_variables")
    assert there.status_code == 201


def test_a_twin_request_starts_one_call(api, agent, workspace):
    first = api.post("/calls", body(agent), Idempotency_Key="a")
    second = api.post("/calls", body(agent), Idempotency_Key="a")

    assert first.content == second.content
    assert workspace.calls.count() == 1


# ---------------------------------------------------------------- reading


@pytest.fixture
def call(agent):
    now = clock.now()
    call = factories.CallFactory(
        agent=agent,
        started_at=now - timedelta(seconds=75),
        ended_at=now,
        duration_ms=75_400,
        billed_ms=90_000,
        charge_micros=12_500_000,
        summary="Asked for a table",
        config=agent.config,
    )
    customer = Participant.objects.create(
        call=call, transport="webrtc", role="customer", identity="v", status="left"
    )
    for number, (speaker, text) in enumerate([("agent", "Hello?"), ("user", "Hi.")], 1):
        TranscriptSegment.objects.create(
            call=call,
            participant=customer,
            speaker=speaker,
            text=text,
            sequence=number,
            started_at_ms=number * 1_000,
            ended_at_ms=number * 1_000 + 500,
        )
    return call


def test_a_call_is_read(api, call):
    told = api.get(f"/calls/{call.id}").json()

    assert told["status"] == "completed"
    assert told["duration_seconds"] == 75
    assert told["bill_duration"] == 90
    assert told["total_cost"] == 0.125
    assert told["participant_count"] == 1
    assert told["primary_participant"]["identity"] == "v"
    assert told["recording_status"] == "none"
    assert told["intelligence_status"] == "not_started"


def component(channel, per_minute_micros, *, charged=True):
    return {
        "channel": channel,
        "item": channel,
        "per_minute_micros": per_minute_micros,
        "charged": charged,
        "basis": "",
    }


@pytest.mark.parametrize(
    ("lines", "cost"),
    [
        # A minute and a half: the platform's fee is none of the providers'.
        ([component("stt", 1_000_000), component("platform", 2_000_000)], 0.015),
        # A vendor that runs on the customer's own key bills him.
        ([component("tts", 9_000_000, charged=False)], 0.0),
        ([component("llm", None)], 0.0),
        ([component("managed", 12_000_000)], None),
        ([], None),
    ],
)
def test_what_providers_cost_is_told_apart(api, call, lines, cost):
    Call.objects.update(rate_lines=lines)

    assert api.get(f"/calls/{call.id}").json()["provider_cost"] == cost
    assert api.get("/calls").json()["calls"][0]["provider_cost"] == cost
    Call.objects.update(charge_micros=None)
    assert api.get(f"/calls/{call.id}").json()["provider_cost"] is None


def test_a_transcript_is_text_and_pieces(api, call):
    told = api.get(f"/calls/{call.id}/transcript").json()

    assert told["text"] == "Agent: Hello?\nCaller: Hi."
    assert [each["sequence"] for each in told["segments"]] == [1, 2]
    assert told["segments"][1]["speaker"] == "user"


def test_a_recording_is_heard_by_its_signed_link_alone(api, call):
    path = Path(settings.RECORDINGS_DIR) / f"{call.id}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF" + bytes(40) + b"\x01\x02" * 400)
    Recording.objects.create(
        call=call, path=path.name, status="completed", sample_rate=16_000
    )

    told = api.get(f"/calls/{call.id}/recording").json()

    assert told["status"] == "completed"
    assert told["participant_id"] == str(call.participants.get(role="customer").id)
    link = told["recording_url"].removeprefix(settings.PUBLIC_BASE_URL)
    heard = Client().get(link, headers={"Range": "bytes=0-3"})
    assert (heard.status_code, heard.content) == (206, b"RIFF")
    assert Client().get(link[:-2] + "xx").status_code == 404


def test_a_call_without_a_recording_is_404(api, call):
    answer = api.get(f"/calls/{call.id}/recording")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_lists_and_their_filters(api, agent, call):
    live = factories.CallFactory(agent=agent, status="in_progress", end_reason="")

    every = api.get("/calls").json()
    completed = api.get("/calls?status=completed").json()
    active = api.get("/calls/active").json()
    of_agent = api.get(f"/agents/{agent.id}/calls?limit=50&offset=0").json()
    stats = api.get("/calls/queue/stats").json()

    assert {each["id"] for each in every["calls"]} == {str(call.id), str(live.id)}
    assert (every["total"], every["limit"], every["offset"]) == (2, 50, 0)
    assert every["next_cursor"] is None
    assert [each["id"] for each in completed["calls"]] == [str(call.id)]
    assert [each["id"] for each in active["calls"]] == [str(live.id)]
    assert (of_agent["total"], of_agent["agent_id"]) == (2, str(agent.id))
    assert (stats["in_progress"], stats["active"]) == (1, 1)
    assert api.get("/calls?status=gone").status_code == 400


def test_a_list_asks_no_more_for_many(api, agent, django_assert_num_queries):
    factories.CallFactory.create_batch(15, agent=agent)
    api.get("/calls")

    with django_assert_num_queries(3):  # the page, its people, the total
        api.get("/calls")


def test_a_waiting_call_is_ended(api, agent):
    told = api.post("/calls", body(agent)).json()

    ended = api.post(f"/calls/{told['id']}/end")
    again = api.post(f"/calls/{told['id']}/end")

    assert ended.json() == {
        "status": "ended",
        "id": told["id"],
        "message": "Call has been terminated.",
    }
    assert again.status_code == 200
    assert Call.objects.get(pk=told["id"]).status == "canceled"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/calls/{id}"),
        ("GET", "/calls/{id}/transcript"),
        ("GET", "/calls/{id}/recording"),
        ("POST", "/calls/{id}/end"),
        ("POST", "/calls/{id}/participants"),
    ],
)
def test_a_strangers_call_is_not_there(foreign_api, call, method, path):
    sent = {"participants": [BROWSER]} if path.endswith("participants") else None

    answer = foreign_api(method, path.format(id=call.id), sent)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.fixture
def live(api, agent):
    """A call that somebody is in."""
    started = api.post("/calls", body(agent)).json()
    calls.answer(started["id"], now=clock.now(), at="10.0.0.1:8000")
    return Call.objects.get(pk=started["id"])


def test_somebody_is_added_to_a_live_call(api, live, workspace):
    more = {"participants": [{**BROWSER, "identity": "bob"}]}

    answer = api.post(f"/calls/{live.id}/participants", more)

    assert answer.status_code == 201, answer.json()
    (bob,) = answer.json()["participants"]
    assert bob["access"]["url"].endswith("/media/browser/")
    claimed = media_tokens.claim(bob["access"]["token"], now=clock.now())
    assert (claimed.joins, str(claimed.participant_id)) == (True, bob["id"])
    assert workspace.audit_entries.filter(verb="call.participant_added").exists()


def test_a_phone_is_added_to_a_live_call(api, number, live, twilio):
    phone = {"transport": "pstn", "identity": "+447700900125"}

    answer = api.post(f"/calls/{live.id}/participants", {"participants": [phone]})

    assert answer.status_code == 202, answer.json()
    (told,) = answer.json()["participants"]
    assert (told["identity"], told["role"]) == ("+447700900125", "customer")
    assert told["telephony_leg_id"]


def test_a_token_for_another_process_is_kept_for_it(api, live):
    more = {"participants": [{**BROWSER, "identity": "bob"}]}
    (bob,) = api.post(f"/calls/{live.id}/participants", more).json()["participants"]

    def claim(here):
        raw = bob["access"]["token"]
        return media_tokens.claim(raw, now=clock.now(), here=here)

    assert claim("10.0.0.2:8000") == media_tokens.Elsewhere("10.0.0.1:8000")
    assert claim("10.0.0.1:8000").joins
    assert claim("10.0.0.1:8000") is None  # once


def test_who_is_in_the_call_does_not_come_in_twice(api, live):
    more = {"participants": [{**BROWSER, "identity": "bob"}]}
    (bob,) = api.post(f"/calls/{live.id}/participants", more).json()["participants"]
    participants.joined(bob["id"], now=clock.now())

    assert media_tokens.claim(bob["access"]["token"], now=clock.now()) is None


@pytest.mark.parametrize(
    ("participant", "code"),
    [
        ({"transport": "pstn", "identity": "+447700900123"}, "carrier_not_connected"),
        ({"transport": "pstn", "identity": "12"}, "invalid_number"),
    ],
)
def test_who_cannot_be_called_is_not_added_and_neither_are_the_others(
    api, live, participant, code
):
    more = {"participants": [{**BROWSER, "identity": "bob"}, participant]}

    answer = api.post(f"/calls/{live.id}/participants", more)

    assert answer.json()["code"] == code
    assert not live.participants.filter(identity="bob").exists()


def test_nobody_is_added_to_a_call_that_is_over(api, live):
    calls.end(live.id, calls.Outcome(Call.EndReason.CLOSED), now=clock.now())

    answer = api.post(f"/calls/{live.id}/participants", {"participants": [BROWSER]})

    assert (answer.status_code, answer.json()["code"]) == (409, "call_ended")


def test_nobody_is_added_to_a_conversation_in_writing(api, live):
    Call.objects.filter(pk=live.pk).update(channel="text")

    answer = api.post(f"/calls/{live.id}/participants", {"participants": [BROWSER]})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_supported")


@pytest.mark.parametrize("path", ["/calls/fanout", "/calls/batch"])
def test_a_fanout_without_a_carrier_is_told_so(api, agent, owner, path):
    publishing.publish(agent, by=owner)
    to = {"agent_id": str(agent.id), "to": ["+15550001", "+15550002"]}

    answer = api.post(path, to)

    assert answer.status_code == 409
    assert answer.json()["code"] == "carrier_not_connected"


@pytest.mark.parametrize(
    "wrong",
    [{}, {"to": []}, {"to": ["+1"] * 501}, {"recipients": [{"metadata": {}}]}],
)
def test_a_fanout_names_its_numbers(api, agent, wrong):
    answer = api.post("/calls/fanout", {"agent_id": str(agent.id), **wrong})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
