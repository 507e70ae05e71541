"""Placing a call from Studio, for real and with the browser as the phone."""

import pytest

from billing import proof
from telephony import legs, phone_calls
from telephony.models import Call, Leg
from tests.doubles.carriers import CALLER, NUMBER

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def ring(studio, published, **more):
    return studio.post(
        "/calls/simulation/", {"agent": published.pk, "to": CALLER, **more}
    )


def free(purse):
    purse.refresh_from_db()
    assert purse.held_micros == 0
    assert not purse.entries.filter(kind="call").exists()
    assert proof.of(purse).holds


def test_a_call_is_placed_and_its_page_opened(studio, number, published, purse):
    form = studio.get("/calls/new/", headers=HTMX).content.decode()
    assert published.name in form

    answer = studio.post(
        "/calls/new/", {"agent": published.pk, "to": CALLER}, headers=HTMX
    )

    call = Call.objects.get()
    assert answer["HX-Redirect"] == f"/calls/{call.pk}/"
    assert (call.direction, call.caller, call.legs.get().provider) == (
        "outbound",
        CALLER,
        "twilio",
    )


def test_what_is_refused_is_told_in_the_form(
    studio, number, published, workspace, purse
):
    workspace.do_not_call.create(phone=CALLER)

    answer = studio.post(
        "/calls/new/", {"agent": published.pk, "to": CALLER}, headers=HTMX
    )

    assert answer.status_code == 422
    assert "do-not-call list" in answer.content.decode()
    assert ring(studio, published).json()["code"] == "do_not_call"
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    ("how", "status"), [("busy", "busy"), ("no_answer", "no_answer")]
)
def test_a_phone_in_the_browser_is_not_answered(
    studio, number, published, purse, how, status
):
    told = ring(studio, published).json()
    leg = Leg.objects.get()
    assert (leg.state, leg.provider, leg.from_number) == (
        "ringing",
        "simulator",
        NUMBER,
    )
    assert Call.objects.get().status == "ringing"

    studio.post(told["answer_url"], {"answer": how})

    assert Call.objects.get().status == status
    free(purse)


def test_a_phone_in_the_browser_rings_before_there_is_any_number(
    studio, published, purse
):
    form = studio.get("/calls/new/", headers=HTMX).content.decode()
    assert "None registered yet" in form
    told = ring(studio, published).json()

    assert told["from"] == phone_calls.NOBODYS
    answered = studio.post(told["answer_url"], {"answer": "yes"})
    assert answered.status_code == 201
    real = {"agent": published.pk, "to": CALLER}
    assert studio.post("/calls/new/", real, headers=HTMX).status_code == 422
    assert Call.objects.count() == 1


def test_a_phone_in_the_browser_is_answered_once(studio, number, published, purse):
    told = ring(studio, published).json()

    answer = studio.post(told["answer_url"], {"answer": "yes"})
    again = studio.post(told["answer_url"], {"answer": "yes"})

    assert answer.status_code == 201
    assert answer.json()["token"]
    assert again.status_code == 409
    leg = Leg.objects.get()
    assert (leg.state, leg.next_at) == ("answered", None)  # no sweep ends it
    legs.due(leg.answered_at)


def test_only_ones_own_simulated_phones_are_answered(
    client, stranger, viewer, studio, number, published, purse
):
    told = ring(studio, published).json()

    client.force_login(stranger)
    assert client.post(told["answer_url"], {"answer": "yes"}).status_code == 404
    client.force_login(viewer)
    assert client.post(told["answer_url"], {"answer": "yes"}).status_code == 403
    Leg.objects.update(provider="twilio")
    client.force_login(
        published.workspace.memberships.exclude(user=viewer).first().user
    )
    assert client.post(told["answer_url"], {"answer": "yes"}).status_code == 404
