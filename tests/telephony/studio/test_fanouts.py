"""Queue & Fanout in Studio and over the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from telephony import fanouts
from telephony.models import Call, Fanout, Recipient
from tests.doubles.carriers import NUMBER
from tests.telephony.conftest import people

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def sweep():
    """What the sweep does every few seconds, and a nudge at once."""
    for fanout_id in fanouts.due(clock.now()):
        fanouts.advance(fanout_id, now=clock.now())


def test_a_list_is_pasted_and_called(studio, number, published, purse):
    assert "No list was called yet" in studio.get("/calls/queue/").content.decode()
    form = studio.get("/calls/queue/new/", headers=HTMX).content.decode()
    assert published.name in form
    assert NUMBER in form

    answer = studio.post(
        "/calls/queue/new/",
        {
            "agent": published.pk,
            "numbers": "+44 7700 900001\n\n+44 7700 900002\nnonsense",
            "name": "Spring",
            "room": "each",
        },
        headers=HTMX,
    )

    fanout = Fanout.objects.get()
    assert answer["HX-Redirect"] == f"/calls/queue/{fanout.pk}/"
    sweep()
    page = studio.get(answer["HX-Redirect"]).content.decode()
    assert "Spring" in page
    assert "Not a phone number" in page
    assert Call.objects.count() == 2
    assert "Spring" in studio.get("/calls/queue/").content.decode()


def test_the_columns_of_a_file_become_the_calls_variables(
    studio, number, published, purse
):
    file = SimpleUploadedFile("a.csv", b"name,phone,slot\nDaria,+44 7700 900001,9:30\n")

    studio.post(
        "/calls/queue/new/", {"agent": published.pk, "file": file}, headers=HTMX
    )

    sweep()
    assert Recipient.objects.get().metadata == {"name": "Daria", "slot": "9:30"}
    assert Call.objects.get().variables["slot"] == "9:30"


def test_an_empty_list_is_refused_and_the_form_keeps_its_words(
    studio, number, published
):
    answer = studio.post(
        "/calls/queue/new/", {"agent": published.pk, "name": "Spring"}, headers=HTMX
    )

    assert answer.status_code == 422
    assert "Send 1 to 500 numbers" in answer.content.decode()
    assert 'value="Spring"' in answer.content.decode()


def test_it_is_paused_and_goes_on_and_is_canceled(studio, start_list, workspace):
    type(workspace).objects.update(max_concurrent_calls=1)
    fanout = start_list(3)
    there = f"/calls/queue/{fanout.pk}/"

    studio.post(f"{there}pause/")
    assert "Go on" in studio.get(there).content.decode()
    studio.post(f"{there}resumption/")
    sweep()
    assert "All lines are taken" in studio.get(there).content.decode()
    studio.post(f"{there}cancellation/")

    fanout.refresh_from_db()
    assert fanout.status == "canceled"
    assert "Canceled" in studio.get(there, headers=HTMX).content.decode()


def test_a_strangers_queue_is_not_there(client, stranger, viewer, start_list):
    fanout = start_list(2)
    there = f"/calls/queue/{fanout.pk}/"

    client.force_login(stranger)
    assert client.get(there).status_code == 404
    assert client.post(f"{there}cancellation/").status_code == 404
    client.force_login(viewer)
    assert client.get(there).status_code == 200
    assert client.post(f"{there}pause/").status_code == 403


def test_the_list_asks_the_same_whatever_its_length(studio, start_list):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            studio.get("/calls/queue/")
        return len(queries)

    start_list(2, name="a")
    asked()  # what a process remembers
    one = asked()
    for name in "bcdef":
        start_list(2, name=name)

    assert asked() == one


# ---- over the API


def ask(api, published, **how):
    return api.post("/calls/fanout", {"agent_id": str(published.pk), **how})


def test_a_fanout_calls_everybody_into_one_call(api, number, published, purse):
    answer = ask(
        api,
        published,
        to=["+447700900001"],
        recipients=[
            {"phone": "+447700900002", "metadata": {"name": "P"}},
            {"identity": "12"},
        ],
        fanout_id="spring",
    )

    told = answer.json()
    assert answer.status_code == 202, told
    call = Call.objects.get()
    assert (told["id"], told["room_name"]) == (str(call.id), f"call_{call.id}")
    assert (told["fanout_id"], told["batch_id"], told["queued"]) == (
        "spring",
        "spring",
        2,
    )
    assert [each["identity"] for each in told["participants"]] == [
        "+447700900001",
        "+447700900002",
    ]
    assert {each["status"] for each in told["participants"]} == {"queued"}
    assert told["skipped"] == [{"identity": "12", "reason": "invalid_phone"}]
    again = ask(api, published, to=["+447700900001"], fanout_id="spring").json()
    assert again["id"] == told["id"]
    assert Call.objects.count() == 1


def test_past_the_cap_a_fanout_is_refused_at_once(
    api, number, published, purse, workspace
):
    type(workspace).objects.update(max_concurrent_calls=1)
    assert ask(api, published, to=["+447700900001"]).status_code == 202

    answer = ask(api, published, to=["+447700900002"])

    assert answer.status_code == 429
    assert answer.json()["code"] == "quota_exceeded.concurrent_calls"
    assert Fanout.objects.count() == 1


def test_five_hundred_and_one_are_too_many(api, number, published, purse):
    answer = ask(api, published, to=[each.number for each in people(501)])

    assert answer.status_code == 400


def test_the_queues_figures_are_told(api, start_list, workspace):
    type(workspace).objects.update(max_concurrent_calls=2, max_daily_calls=50)
    fanout = start_list(5)
    sweep()
    fanouts.pause(fanout, by=None)

    told = api.get("/calls/queue/stats").json()

    assert (told["waiting"], told["active"], told["fanouts_paused"]) == (3, 2, 1)
    assert (told["concurrent_limit"], told["daily_limit"], told["daily_used"]) == (
        2,
        50,
        2,
    )
