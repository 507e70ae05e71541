"""Numbers in Studio: carrier, list, drawer, import."""

from datetime import timedelta

import pytest

from common import clock
from telephony import calls, connections, legs, media_tokens, numbers
from telephony.models import Call, Leg, Number
from tests import factories
from tests.doubles.carriers import NUMBER
from tests.doubles.twilio import TOKEN

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def connected(twilio, workspace, owner):
    return connections.connect(
        workspace=workspace,
        provider="twilio",
        credentials=twilio.credentials,
        by=owner,
    )


@pytest.fixture
def number(connected, workspace, owner):
    return numbers.register(workspace=workspace, number=NUMBER, by=owner)[0]


def form(**changes):
    return {"agent": "", "label": "Main line", "open": "always", **changes}


def test_a_workspace_without_numbers_is_shown_the_way(studio):
    page = studio.get("/numbers/").content.decode()

    assert "Bring your own number" in page
    assert "Connect provider" in page


def test_the_form_asks_what_the_carrier_declares(studio):
    drawer = studio.get("/numbers/carrier/?carrier=twilio", headers=HTMX)

    assert "Account SID" in drawer.content.decode()


def test_a_carrier_is_connected_and_its_secret_never_shown(studio, twilio, workspace):
    answer = studio.post(
        "/numbers/carrier/", {"carrier": "twilio", **twilio.credentials}, headers=HTMX
    )

    assert answer["HX-Redirect"] == "/numbers/?open=import"
    shown = studio.get("/numbers/carrier/", headers=HTMX).content.decode()
    assert TOKEN not in shown
    assert "One is kept" in shown
    assert "Harbour Dental" in studio.get("/numbers/").content.decode()


def test_wrong_credentials_are_told(studio, twilio):
    wrong = {**twilio.credentials, "auth_token": "wrong"}

    answer = studio.post(
        "/numbers/carrier/", {"carrier": "twilio", **wrong}, headers=HTMX
    )

    assert answer.status_code == 422
    assert "refuses" in answer.content.decode()


def test_numbers_are_imported_from_the_account(studio, twilio, connected, workspace):
    offered = studio.get("/numbers/import/", headers=HTMX).content.decode()
    assert NUMBER in offered

    studio.post("/numbers/import/", {"number": [NUMBER]}, headers=HTMX)

    assert workspace.numbers.get().binding == "configured"
    assert (
        "Here already" in studio.get("/numbers/import/", headers=HTMX).content.decode()
    )


def test_an_agent_is_attached_in_the_drawer(studio, number, agent):
    drawer = studio.get(f"/numbers/{number.id}/", headers=HTMX).content.decode()
    assert "Draft" in drawer
    assert "https://voice.example/inbound/twilio" in drawer

    studio.post(f"/numbers/{number.id}/", form(agent=agent.id), headers=HTMX)

    number.refresh_from_db()
    assert (number.agent_id, number.label) == (agent.id, "Main line")
    listed = studio.get("/numbers/").content.decode()
    assert "draft, does not answer" in listed


def test_hours_are_kept_and_bad_ones_refused(studio, number):
    hours = {
        "open": "hours",
        "day": ["0", "1"],
        "start": "08:30",
        "end": "17:00",
        "time_zone": "Europe/London",
    }
    studio.post(f"/numbers/{number.id}/", form(**hours), headers=HTMX)
    number.refresh_from_db()
    assert number.hours["days"] == [0, 1]

    refused = studio.post(
        f"/numbers/{number.id}/", form(**{**hours, "day": []}), headers=HTMX
    )

    assert refused.status_code == 422
    assert "at least one day" in refused.content.decode()


def test_what_was_set_by_hand_is_found_by_looking(studio, twilio, number):
    twilio.may_bind = False
    twilio.numbers[NUMBER]["voice_url"] = "elsewhere"
    drawer = studio.post(f"/numbers/{number.id}/binding/", headers=HTMX)
    assert "must be set by hand" in drawer.content.decode()

    twilio.numbers[NUMBER]["voice_url"] = "https://voice.example/inbound/twilio"
    studio.post(f"/numbers/{number.id}/binding/", headers=HTMX)

    number.refresh_from_db()
    assert number.binding == Number.Binding.CONFIGURED


def test_a_number_is_released(studio, twilio, number):
    studio.post(f"/numbers/{number.id}/removal/", headers=HTMX)

    assert not Number.objects.exists()
    assert twilio.bound_to(NUMBER) == ""


def test_the_list_asks_the_same_whatever_its_length(
    studio, workspace, agent, django_assert_max_num_queries
):
    for n in range(30):
        Number.objects.create(
            workspace=workspace, number=f"+1555010{n:04}", agent=agent
        )

    with django_assert_max_num_queries(20):
        studio.get("/numbers/")


def test_a_strangers_number_is_not_there(studio, db):
    theirs = Number.objects.create(
        workspace=factories.WorkspaceFactory(), number="+15550100777"
    )

    assert studio.get(f"/numbers/{theirs.id}/", headers=HTMX).status_code == 404


def test_who_may_only_look_sees_the_list_without_buttons(client, viewer, number):
    client.force_login(viewer)

    page = client.get("/numbers/").content.decode()

    assert "555" in page
    assert "Connect provider" not in page


def test_a_number_is_called_from_the_browser(studio, number, published, purse):
    numbers.attach(number, published, by=None)
    assert "as it is published" in (
        studio.get(f"/numbers/{number.id}/simulation/", headers=HTMX).content.decode()
    )

    answer = studio.post(
        f"/numbers/{number.id}/simulation/",
        {"from": "+44 7700 900123"},
        headers={"Origin": "http://testserver"},
    )

    call = Call.objects.get()
    assert answer.status_code == 201
    assert (call.channel, call.direction, call.caller) == (
        "phone",
        "inbound",
        "+447700900123",
    )
    claimed = media_tokens.claim(
        answer.json()["token"], now=clock.now(), origin="http://testserver"
    )
    assert claimed.call_id == call.id
    assert connections.active(number.workspace).provider == "twilio"


def test_a_simulated_caller_is_turned_away_as_a_real_one(studio, number, agent):
    numbers.attach(number, agent, by=None)

    answer = studio.post(f"/numbers/{number.id}/simulation/")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_published")
    assert "not published" in answer.json()["error"]
    assert Call.objects.get().error_code == "not_published"


def test_the_line_of_a_simulated_call_ends_with_it(studio, number, published, purse):
    numbers.attach(number, published, by=None)
    studio.post(f"/numbers/{number.id}/simulation/")
    call = Call.objects.get()
    calls.end(call.id, calls.Outcome(Call.EndReason.USER_DISCONNECT), now=clock.now())

    for due in legs.due(clock.now() + timedelta(seconds=10)):
        legs.reconcile(due, now=clock.now())

    assert Leg.objects.get().state == "completed"


def test_nobody_connects_the_simulator(studio, workspace):
    answer = studio.post("/numbers/carrier/", {"carrier": "simulator"}, headers=HTMX)

    assert answer.status_code == 422
    assert not workspace.carrier_connections.exists()


def test_endpoints_hear_that_an_agent_answers_a_number(
    studio, workspace, number, agent
):
    factories.EndpointFactory(workspace=workspace, events=["agent.number_assigned"])
    chosen = form(agent=str(agent.pk))

    for _ in range(2):  # a double click tells it once
        studio.post(f"/numbers/{number.pk}/", chosen, headers=HTMX)

    letter = workspace.webhook_events.get(type="agent.number_assigned")
    assert letter.deliveries.count() == 1
    assert f'"number":"{NUMBER}"' in letter.body
    assert str(agent.pk) in letter.body
