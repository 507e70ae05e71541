"""What tools do with a call: promises that are kept once, and a memory that forgets."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from agents.models import CallBack
from agents.tools.host import HandOver
from common import clock
from telephony import (
    call_backs,
    calls,
    do_not_call,
    legs,
    phone_calls,
)
from telephony.carrier import CallEvent
from telephony.models import Call
from telephony.tool_host import CallHost
from tests import factories
from tests.doubles.carriers import CALLER

pytestmark = pytest.mark.django_db(transaction=True)
PLAN = HandOver("+441174960100")


@pytest.fixture
def call(agent):
    return factories.CallFactory(agent=agent, caller=CALLER, channel="phone")


def ask(work):
    return asyncio.run(work)


def promise(call, **delay):
    at = (clock.now() + timedelta(**delay)).isoformat()
    return ask(CallHost(call).call_back(at, "", "The crown"))


def test_a_promise_is_kept_once_and_not_before_its_time(call, number, purse):
    told = promise(call, hours=2)
    promise(call, hours=2)  # the model asks twice
    at = CallBack.objects.earliest("at").at

    assert "planned" in told.text
    assert call_backs.keep(now=at - timedelta(minutes=1)) == 0
    assert call_backs.keep(now=at + timedelta(minutes=1)) >= 1
    call_backs.keep(now=at + timedelta(minutes=2))

    placed = Call.objects.filter(direction="outbound")
    assert placed.count() == CallBack.objects.count()
    assert placed.first().caller == CALLER
    assert set(CallBack.objects.values_list("state", flat=True)) == {"placed"}


def test_a_promise_that_cannot_be_kept_is_tried_again_and_then_given_up(call, purse):
    """There is no carrier."""
    promise(call, hours=1)
    now, states = CallBack.objects.get().at, []

    for _ in range(5):
        now += timedelta(hours=2)
        call_backs.keep(now=now)
        kept = CallBack.objects.get()
        states.append(kept.state)
        if kept.next_at:
            CallBack.objects.update(next_at=now)

    assert states == ["due", "due", "due", "failed", "failed"]
    assert kept.last_error
    assert not Call.objects.filter(direction="outbound").exists()


IN_AN_HOUR = "in an hour"  # a time of the clock would name the test anew each run


@pytest.mark.parametrize(
    ("at", "phone"),
    [
        ("tomorrow", ""),
        ("2020-01-01T10:00:00+00:00", ""),
        ("2099-01-01T10:00:00+00:00", ""),
        (IN_AN_HOUR, "12"),
    ],
)
def test_a_promise_that_makes_no_sense_is_refused_in_words(call, at, phone):
    if at == IN_AN_HOUR:
        at = (clock.now() + timedelta(hours=1)).isoformat()

    assert ask(CallHost(call).call_back(at, phone, "")).failed
    assert not CallBack.objects.exists()


def test_earlier_calls_are_told_until_the_caller_wants_to_be_forgotten(call, agent):
    factories.CallFactory(
        agent=agent, caller=CALLER, summary="Asked for a crown.", ended_at=clock.now()
    )
    factories.CallFactory(  # somebody else's, and another workspace's
        agent=agent, caller="+14155550199", summary="Secret.", ended_at=clock.now()
    )
    factories.CallFactory(caller=CALLER, summary="Elsewhere.", ended_at=clock.now())
    host = CallHost(call)

    told = ask(host.caller_history()).text
    ask(host.forget_caller())

    assert "Asked for a crown." in told
    assert "Secret" not in told
    assert "Elsewhere" not in told
    assert "not called before" in ask(host.caller_history()).text


def test_only_phone_calls_are_handed_over(call):
    told = ask(CallHost(call).hand_over(PLAN, "wants a person"))

    assert told.failed
    assert not told.hands_over


def asks(call, plan):
    """Let the tool run; return what came of it, who was told, and who is called."""
    told, called = [], []
    host = CallHost(call, called.append, lambda *what: told.append(what))
    return ask(host.hand_over(plan, "Wants a refund")), told, called


@pytest.fixture
def placed(published, number, twilio):
    """A phone call that was answered."""
    call, leg = phone_calls.place(phone_calls.Wanted(published, CALLER))
    leg.refresh_from_db()
    twilio.lines[leg.carrier_call_id].status = "in-progress"
    answered = CallEvent(leg.carrier_call_id, "answered")
    legs.apply(leg.id, answered, now=clock.now())
    calls.answer(call.id, now=clock.now())
    call.refresh_from_db()
    return call, leg


def test_a_person_is_called_aside_and_the_caller_is_told_to_wait(placed, twilio):
    call, _ = placed

    outcome, told, (asked,) = asks(call, PLAN)

    assert (outcome.stands_by, outcome.failed, told) == (True, False, [])
    assert twilio.dialled() == [CALLER, PLAN.number]
    person = asked.participant
    assert (person.place, person.role, person.identity) == ("aside", "agent", PLAN.number)  # fmt: skip
    assert (asked.reason, asked.plan) == ("Wants a refund", PLAN)


def test_who_must_not_be_called_is_not_and_the_agent_says_so(placed, workspace):
    do_not_call.add(workspace, PLAN.number)

    outcome, _, called = asks(placed[0], PLAN)

    assert (outcome.failed, outcome.stands_by, called) == (True, False, [])
    assert outcome.detail["code"] == "do_not_call"


def test_without_a_carrier_nobody_is_called(call):
    outcome, _, called = asks(call, PLAN)

    assert (outcome.failed, called) == (True, [])


def test_a_caller_is_passed_on_by_the_carrier_and_it_is_written_down(placed, twilio):
    call, leg = placed

    outcome, told, called = asks(call, replace(PLAN, way="cold"))

    assert (outcome.hands_over, called) == (True, [])
    assert told == [(PLAN.number, "Wants a refund", "passed_on")]
    (action,) = twilio.lines[leg.carrier_call_id].actions
    assert f"<Number>{PLAN.number}</Number>" in action


def test_a_carrier_that_does_not_pass_on_is_written_down_too(placed, twilio):
    call, leg = placed
    twilio.lines[leg.carrier_call_id].status = "completed"

    outcome, told, _ = asks(call, replace(PLAN, way="cold"))

    assert (outcome.failed, outcome.hands_over) == (True, False)
    assert told == [(PLAN.number, "Wants a refund", "not_passed_on")]
