"""Queues of people to call: limits hold, nobody twice, nothing billed unheard."""

import time
from collections import Counter
from datetime import timedelta

import pytest

from billing import proof, wallet
from common import clock
from telephony import (
    calls,
    dialing,
    do_not_call,
    fanout_reports,
    fanouts,
    legs,
)
from telephony.carrier import CallEvent
from telephony.fanouts import Person, Wanted
from telephony.models import Call, CarrierConnection, Fanout, Leg, Number, Recipient
from tests import processes
from tests.doubles.carriers import NUMBER
from tests.doubles.twilio import ACCOUNT
from tests.telephony.conftest import people


def now():
    return clock.now()


def over(leg, state):
    legs.apply(leg.id, CallEvent(leg.carrier_call_id, state), now=now())


def states(fanout):
    return Counter(fanout.recipients.values_list("state", flat=True))


@pytest.mark.django_db
class TestEach:
    def test_everybody_gets_a_call_of_their_own(self, start_list, twilio):
        fanout = start_list(3)

        assert fanouts.advance(fanout.id, now=now()) == 3

        assert Call.objects.count() == 3
        assert states(fanout) == {"called": 3}
        for leg in Leg.objects.all():
            dialing.dial(leg.id, now=now())
        assert sorted(twilio.dialled()) == [each.number for each in people(3)]

    def test_who_may_not_or_cannot_be_called_is_skipped(self, start_list, workspace):
        do_not_call.add(workspace, "+447700900000")
        someone = "+447700900009"

        fanout = start_list(
            people=[
                Person("+44 7700 900000"),
                Person("12"),
                Person(someone),
                Person(someone),
            ]
        )

        reasons = dict(fanout.recipients.values_list("position", "reason"))
        assert reasons == {0: "do_not_call", 1: "invalid_phone", 2: "", 3: "duplicate"}
        assert fanouts.advance(fanout.id, now=now()) == 1

    def test_who_asks_meanwhile_not_to_be_called_is_not(self, start_list, workspace):
        fanout = start_list(2)
        do_not_call.add(workspace, people(2)[1].number)

        fanouts.advance(fanout.id, now=now())

        assert states(fanout) == {"called": 1, "skipped": 1}

    def test_the_workspaces_limit_is_waited_for(self, start_list, workspace, published):
        type(workspace).objects.update(max_concurrent_calls=2)
        published.workspace.refresh_from_db()
        fanout = start_list(5)

        assert fanouts.advance(fanout.id, now=now()) == 2
        fanout.refresh_from_db()
        assert fanout.held_by == "quota_exceeded.concurrent_calls"
        assert fanout.status == "running"
        over(Leg.objects.first(), "busy")  # frees a place, and the nudge calls the next

        assert fanouts.advance(fanout.id, now=now()) in (0, 1)
        assert states(fanout)["called"] == 3
        assert Call.objects.filter(status__in=Call.LIVE).count() == 2

    def test_the_days_limit_is_waited_for_until_midnight(self, start_list, workspace):
        type(workspace).objects.update(max_daily_calls=1)
        fanout = start_list(2)

        fanouts.advance(fanout.id, now=now())

        fanout.refresh_from_db()
        assert fanout.held_by == "quota_exceeded.daily_calls"
        assert fanout.next_at.hour == fanout.next_at.minute == 0
        assert fanouts.due(now()) == []
        assert fanouts.due(now() + timedelta(days=1)) == [fanout.id]

    def test_without_credit_the_queue_pauses_and_says_why(
        self, start_list, purse, workspace, owner
    ):
        fanout = start_list(2)
        purse.refresh_from_db()
        wallet.adjust(
            workspace=workspace,
            amount_micros=-purse.balance_micros,
            key="x",
            reason="y",
            by=owner,
        )

        fanouts.advance(fanout.id, now=now())

        fanout.refresh_from_db()
        assert (fanout.status, fanout.held_by) == ("paused", "insufficient_credit")
        assert states(fanout) == {"waiting": 2}

    @pytest.mark.parametrize("state", ["busy", "no_answer", "failed"])
    def test_calls_that_nobody_answers_cost_nothing(self, start_list, purse, state):
        fanout = start_list(3)
        fanouts.advance(fanout.id, now=now())

        for leg in Leg.objects.all():
            over(leg, state)
        fanouts.advance(fanout.id, now=now())

        fanout.refresh_from_db()
        assert fanout.status == "completed"
        purse.refresh_from_db()
        assert purse.held_micros == 0
        assert not purse.entries.filter(kind="call").exists()
        assert proof.of(purse).holds
        assert fanout_reports.progress(fanout).counts[state] == 3

    def test_asked_twice_it_is_one(self, start_list):
        first, second = start_list(2, name="spring"), start_list(2, name="spring")

        assert first == second
        assert Recipient.objects.count() == 2

    def test_paused_it_calls_nobody_and_goes_on(self, start_list, owner):
        fanout = start_list(3)
        fanouts.pause(fanout, by=owner)
        assert fanouts.advance(fanout.id, now=now()) == 0

        fanouts.resume(fanout, by=owner, now=now())

        assert fanouts.advance(fanout.id, now=now()) + states(fanout)["called"] >= 3

    def test_canceled_it_calls_nobody_more_and_cuts_nobody_off(
        self, start_list, workspace, owner
    ):
        type(workspace).objects.update(max_concurrent_calls=1)
        fanout = start_list(3)
        fanouts.advance(fanout.id, now=now())

        fanouts.cancel(fanout, by=owner, now=now())

        assert states(fanout) == {"called": 1, "canceled": 2}
        assert Call.objects.get().is_live()
        assert fanouts.advance(fanout.id, now=now()) == 0
        with pytest.raises(fanouts.NotOpen):
            fanouts.cancel(fanout, by=owner, now=now())

    def test_a_draft_calls_nobody(self, start_list, published):
        type(published).objects.update(published=None)
        published.refresh_from_db()

        with pytest.raises(fanouts.phone_calls.NotPublished):
            start_list(2)

    @pytest.mark.parametrize("count", [0, 501])
    def test_a_queue_has_one_to_five_hundred_people(self, start_list, count):
        with pytest.raises(fanouts.NobodyToCall):
            start_list(count)


@pytest.mark.django_db
class TestOneRoom:
    def test_all_come_into_one_call_ten_ringing_at_once(self, start_list, purse):
        fanout = start_list(25, in_one_room=True)

        called = fanouts.advance(fanout.id, now=now())

        call = Call.objects.get()
        assert called == fanouts.RINGING_AT_ONCE
        assert call.legs.count() == 25
        assert call.participants.filter(transport="pstn").count() == 25
        assert call.config["advanced"]["answerDetection"] is False
        purse.refresh_from_db()
        assert purse.held_micros == call.rate_micros / 2  # one call, one hold

    def test_one_who_is_busy_ends_nothing(self, start_list):
        fanout = start_list(25, in_one_room=True)
        fanouts.advance(fanout.id, now=now())
        rung = Leg.objects.exclude(next_at=None)

        for leg in rung[:4]:
            over(leg, "busy")

        assert Call.objects.get().is_live()
        assert fanouts.advance(fanout.id, now=now()) == 4

    def test_when_nobody_answers_the_call_ends_and_costs_nothing(
        self, start_list, purse
    ):
        fanout = start_list(3, in_one_room=True)
        fanouts.advance(fanout.id, now=now())

        for leg in Leg.objects.all():
            over(leg, "no_answer")
        fanouts.advance(fanout.id, now=now())

        assert Call.objects.get().status == "no_answer"
        purse.refresh_from_db()
        assert purse.held_micros == 0
        assert Fanout.objects.get().status == "completed"

    def test_canceled_before_anybody_was_rung_the_call_ends(self, start_list, owner):
        fanout = start_list(3, in_one_room=True)
        Leg.objects.update(next_at=None)

        fanouts.cancel(fanout, by=owner, now=now())

        assert set(Leg.objects.values_list("state", flat=True)) == {"canceled"}
        assert not Call.objects.get().is_live()


RACERS = 8
CAP = 10


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_eight_processes_never_exceed_the_limits(workspace, published, purse):
    """All advance the same two queues, while calls end; somebody counts all the time."""
    connection = CarrierConnection.objects.create(
        workspace=workspace,
        provider="twilio",
        account_ref=ACCOUNT,
        credentials={},
        masked="…",
    )
    Number.objects.create(
        workspace=workspace,
        number=NUMBER,
        agent=published,
        provider=connection.provider,
    )
    type(workspace).objects.update(max_concurrent_calls=CAP, max_daily_calls=45)
    published.workspace.refresh_from_db()
    for name, start in (("a", 0), ("b", 40)):
        fanouts.start(
            Wanted(
                published,
                [Person(f"+4477009{n:05}") for n in range(start, start + 40)],
                name=name,
            ),
            now=now(),
        )
    racers = [
        processes.start("tests.telephony.racer", str(workspace.pk))
        for _ in range(RACERS)
    ]
    most, ended, deadline = 0, 0, time.monotonic() + 240  # busy machines
    try:
        while time.monotonic() < deadline and any(r.poll() is None for r in racers):
            live = list(
                Call.objects.filter(status__in=Call.LIVE).values_list("id", flat=True)
            )
            most = max(most, len(live))
            if len(live) >= CAP - 2 and ended < 45:
                for call_id in live[:3]:  # three hang up
                    calls.end(
                        call_id,
                        calls.Outcome(
                            Call.EndReason.CLOSED, "x", status=Call.Status.BUSY
                        ),
                        now=now(),
                    )
                    ended += 1
            if Call.objects.count() >= 45:
                time.sleep(1)
                break
            time.sleep(0.02)
    finally:
        for racer in racers:
            processes.stop(racer)

    assert most <= CAP
    assert most >= CAP - 3  # the limit was used, too
    assert Call.objects.count() == 45  # the day's
    numbers_called = list(Leg.objects.values_list("to_number", flat=True))
    assert len(numbers_called) == len(set(numbers_called))  # nobody twice
    assert Recipient.objects.filter(state="called").count() == 45
    purse.refresh_from_db()
    assert proof.of(purse).holds
