"""Calls we place: checked, dialled once whatever happens, and never billed unheard."""

from datetime import timedelta

import pytest

from billing import proof
from common import clock
from telephony import (
    calls,
    connections,
    dialing,
    do_not_call,
    legs,
    phone_calls,
    reaper,
)
from telephony.carrier import CallEvent, CarrierError
from telephony.models import Call, Leg
from telephony.phone_calls import Wanted
from tests.doubles.carriers import CALLER, NUMBER

BASE = "https://voice.example"
pytestmark = pytest.mark.django_db


@pytest.fixture
def placed(number, published):
    return phone_calls.place(Wanted(published, CALLER))


def now():
    return clock.now()


def is_settled(call, purse, status):
    call.refresh_from_db()
    purse.refresh_from_db()
    assert (call.status, call.charge_micros) == (status, 0)
    assert purse.held_micros == 0
    assert proof.of(purse).holds


def test_a_call_waits_in_the_queue_with_its_money_held(placed, purse):
    call, leg = placed

    assert (call.status, call.direction) == ("queued", "outbound")
    assert (leg.state, leg.from_number, leg.to_number) == ("queued", NUMBER, CALLER)
    purse.refresh_from_db()
    assert purse.held_micros == call.rate_micros / 2


def test_it_is_dialled_once_however_often_it_is_asked(placed, twilio):
    for _ in range(3):
        dialing.dial(placed[1].id, now=now())

    assert twilio.dialled() == [CALLER]
    leg = Leg.objects.get()
    assert leg.state == "dialed"
    asked = twilio.lines[leg.carrier_call_id].fields
    assert asked["Url"] == f"{BASE}/inbound/twilio/answer/{leg.id}"
    assert asked["StatusCallback"] == f"{BASE}/inbound/twilio/status/{leg.id}"


def test_a_carrier_that_goes_silent_is_looked_up_and_not_asked_again(
    placed, twilio, monkeypatch
):
    monkeypatch.setattr("telephony.carriers.twilio.control.PATIENCE_S", 0.3)
    twilio.mute = True
    leg_id = placed[1].id
    dialing.dial(leg_id, now=now())
    assert Leg.objects.get().state == "dialing"
    twilio.mute = False

    for legs_due in legs.due(now() + timedelta(seconds=20)):
        dialing.look_after(legs_due, now=now())

    leg = Leg.objects.get()
    assert twilio.dialled() == [CALLER]
    assert leg.carrier_call_id in twilio.lines
    assert leg.state == "dialed"


def test_a_line_that_was_lost_on_its_way_fails_and_costs_nothing(placed, twilio, purse):
    call, leg = placed
    Leg.objects.update(state="dialing", dialed_at=now(), next_at=now())

    dialing.look_after(leg.id, now=now() + timedelta(seconds=30))
    assert Leg.objects.get().state == "dialing"
    dialing.look_after(leg.id, now=now() + timedelta(seconds=120))

    assert twilio.dialled() == []
    is_settled(call, purse, "failed")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("busy", "busy"),
        ("no_answer", "no_answer"),
        ("failed", "failed"),
        ("canceled", "canceled"),
    ],
)
def test_calls_that_nobody_answers_cost_nothing(
    placed, twilio, purse, client, said, status
):
    call, leg = placed
    dialing.dial(leg.id, now=now())
    leg.refresh_from_db()
    url = f"{BASE}/inbound/twilio/status/{leg.id}"

    for state in ("ringing", said, said):
        twilio.told(url, leg.carrier_call_id, state).of(client)

    is_settled(call, purse, status)


def test_who_answers_is_given_a_stream(placed, twilio, client):
    leg = placed[1]
    dialing.dial(leg.id, now=now())
    leg.refresh_from_db()
    url = twilio.lines[leg.carrier_call_id].fields["Url"]

    answer = twilio.answered(url, leg.carrier_call_id).of(client)

    assert twilio.stream(answer)


def test_a_callback_may_be_quicker_than_the_answer_to_our_request(
    placed, twilio, client
):
    leg = placed[1]
    Leg.objects.update(state="dialing")
    url = f"{BASE}/inbound/twilio/status/{leg.id}"

    twilio.told(url, "CA77", "ringing").of(client)

    leg.refresh_from_db()
    assert (leg.carrier_call_id, leg.state) == ("CA77", "ringing")


@pytest.mark.parametrize("fault", ["refuse", "500", "401", "429"])
def test_a_carrier_that_fails_fails_the_call(settings, placed, twilio, purse, fault):
    call, leg = placed
    twilio.fault = fault if fault != "refuse" else ""
    if fault == "refuse":
        settings.PROVIDER_BASE_URLS = {"twilio": "http://127.0.0.1:9"}

    dialing.dial(leg.id, now=now())
    twilio.fault = ""
    settings.PROVIDER_BASE_URLS = {"twilio": twilio.url}
    dialing.look_after(leg.id, now=now() + timedelta(seconds=120))

    assert twilio.dialled() == []
    is_settled(call, purse, "failed")
    assert call.error_message


def test_canceling_a_call_that_rings_hangs_it_up(placed, twilio, purse, owner):
    call, leg = placed
    dialing.dial(leg.id, now=now())

    calls.cancel(Call.objects.get(), by=owner)
    for due in legs.due(now() + timedelta(seconds=1)):
        dialing.look_after(due, now=now())

    (line,) = twilio.lines.values()
    assert line.actions == ["hang up"]
    is_settled(call, purse, "canceled")
    assert Leg.objects.get().is_over()


def test_canceling_a_call_that_waits_dials_nobody(placed, twilio, purse, owner):
    calls.cancel(placed[0], by=owner)
    dialing.dial(placed[1].id, now=now())

    assert twilio.dialled() == []
    is_settled(placed[0], purse, "canceled")


def test_a_deserted_call_is_hung_up_and_settled_by_what_was_heard(
    placed, twilio, purse
):
    call, leg = placed
    dialing.dial(leg.id, now=now())
    leg.refresh_from_db()
    twilio.lines[leg.carrier_call_id].status = "in-progress"
    legs.apply(leg.id, CallEvent(leg.carrier_call_id, "answered"), now=now())
    calls.answer(call.id, now=now())
    calls.beat(call.id, duration_ms=41_000, exchanged_ms=40_000, now=now())
    later = now() + timedelta(seconds=70)

    reaper.reap(now=later)
    for due in legs.due(later):
        dialing.look_after(due, now=later)

    call.refresh_from_db()
    assert twilio.lines[leg.carrier_call_id].actions == ["hang up"]
    assert (call.status, call.end_detail) == ("completed", "server_lost")
    assert call.billed_ms == 60_000


def test_a_call_that_was_handed_over_is_not_hung_up(placed, twilio):
    call, leg = placed
    dialing.dial(leg.id, now=now())
    leg.refresh_from_db()
    twilio.lines[leg.carrier_call_id].status = "in-progress"
    legs.apply(leg.id, CallEvent(leg.carrier_call_id, "answered"), now=now())
    calls.answer(call.id, now=now())
    leg.refresh_from_db()

    legs.hand_over(leg, "+15550100300")
    outcome = calls.Outcome(Call.EndReason.HANDOFF_TO_HUMAN)
    calls.end(call.id, outcome, now=now())
    for due in legs.due(now() + timedelta(minutes=11)):
        dialing.look_after(due, now=now())

    (action,) = twilio.lines[leg.carrier_call_id].actions
    assert "<Number>+15550100300</Number>" in action


class TestRefusals:
    def test_people_on_the_list_are_not_called(self, number, published, workspace):
        do_not_call.add(workspace, "+44 7700 900123")

        with pytest.raises(do_not_call.Blocked):
            phone_calls.place(Wanted(published, CALLER))

        assert not Call.objects.exists()

    def test_who_joined_the_list_meanwhile_is_not_called(
        self, placed, workspace, twilio, purse
    ):
        do_not_call.add(workspace, CALLER)

        dialing.dial(placed[1].id, now=now())

        assert twilio.dialled() == []
        is_settled(placed[0], purse, "failed")

    def test_a_draft_calls_nobody(self, number, published):
        type(published).objects.update(published=None)
        published.refresh_from_db()

        with pytest.raises(phone_calls.NotPublished):
            phone_calls.place(Wanted(published, CALLER))

    def test_only_registered_numbers_are_called_from(self, number, published):
        with pytest.raises(phone_calls.NoCallerId):
            phone_calls.place(Wanted(published, CALLER, from_number="+15550100999"))

    def test_without_a_carrier_nobody_is_called(self, published):
        with pytest.raises(connections.NoCarrier):
            phone_calls.place(Wanted(published, CALLER))


def test_twilio_is_asked_with_the_numbers_it_was_given(number, twilio):
    control = connections.control_of(number.workspace.carrier_connections.get())

    with pytest.raises(CarrierError) as refused:
        control.dial(
            dialing.Dial(CALLER, "+15550100999", f"{BASE}/answer", f"{BASE}/status")
        )

    assert refused.value.permanent
