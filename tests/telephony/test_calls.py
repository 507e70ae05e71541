"""The life of a call: admitted, answered, beaten, ended and settled once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from billing import proof, wallet
from billing import reports as billing_reports
from common import clock
from telephony import admission, calls, media_tokens, reaper
from telephony.calls import Outcome
from telephony.models import Call, Participant
from telephony.signals import call_ended
from tests.reception import CREDIT

ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture
def started(agent, owner):
    return calls.start_test(agent=agent, by=owner, origin=ORIGIN)


@pytest.fixture
def call(started):
    """A call that is under way."""
    calls.answer(started[0].id, now=clock.now())
    return started[0]


def state(purse):
    purse.refresh_from_db()
    assert proof.of(purse).holds
    return purse.balance_micros / CREDIT, purse.held_micros / CREDIT


def hang_up(exchanged_ms, reason=Call.EndReason.USER_DISCONNECT):
    return Outcome(reason, duration_ms=exchanged_ms + 700, exchanged_ms=exchanged_ms)


def test_a_started_call_holds_its_first_half_minute(started, purse):
    call, _ = started

    assert call.status == "queued"
    assert call.rate_micros > 0
    assert state(purse) == (500, call.rate_micros / 2 / CREDIT)


def test_the_configuration_is_frozen(started, agent):
    agent.config["persona"]["name"] = "Somebody else"
    agent.save()

    assert Call.objects.get().config["persona"]["name"] == "Ada"


@pytest.mark.parametrize(
    ("exchanged_s", "billed_s"), [(0, 0), (1, 30), (20, 30), (30, 30), (31, 60)]
)
def test_audio_exchanged_bills_in_half_minutes(call, purse, exchanged_s, billed_s):
    ended = calls.end(call.id, hang_up(exchanged_s * 1000), now=clock.now())

    charge = billed_s / 60 * call.rate_micros / CREDIT
    assert ended.status == "completed"
    assert ended.billed_ms == billed_s * 1000
    assert ended.charge_micros == charge * CREDIT
    assert state(purse) == (500 - charge, 0)


def test_cost_lines_add_up_to_the_charge(call, workspace):
    calls.end(call.id, hang_up(45_000), now=clock.now())

    bill = billing_reports.bill(workspace, admission.source(call))
    charged = [line.amount_micros for line in bill.lines if line.charged]
    assert sum(charged) == Call.objects.get().charge_micros > 0


def test_a_failure_costs_nothing(call, purse):
    ended = calls.end(call.id, hang_up(45_000, Call.EndReason.ERROR), now=clock.now())

    assert (ended.status, ended.charge_micros) == ("failed", 0)
    assert state(purse) == (500, 0)


def test_the_second_end_changes_nothing(call, purse):
    calls.end(call.id, hang_up(20_000), now=clock.now())
    first = state(purse)

    again = calls.end(call.id, hang_up(90_000), now=clock.now())

    assert again.exchanged_ms == 20_000
    assert state(purse) == first
    assert purse.entries.filter(kind="call").count() == 1


def test_the_end_is_told_once_and_after_commit(
    call, django_capture_on_commit_callbacks
):
    told = []
    call_ended.connect(lambda **kwargs: told.append(kwargs["call_id"]), weak=False)

    with django_capture_on_commit_callbacks(execute=True):
        calls.end(call.id, hang_up(1_000), now=clock.now())
        assert told == []
        calls.end(call.id, hang_up(1_000), now=clock.now())

    assert told == [call.id]


def test_a_beat_holds_what_the_next_seconds_will_cost(call, purse):
    pulse = calls.beat(
        call.id, duration_ms=20_000, exchanged_ms=20_000, now=clock.now()
    )

    assert pulse == "on"
    assert state(purse)[1] == call.rate_micros / CREDIT


def test_a_beat_says_when_credit_runs_out(call, workspace, owner, purse):
    wallet.adjust(
        workspace=workspace,
        amount_micros=-(499 * CREDIT),
        key="x",
        reason="y",
        by=owner,
    )

    pulse = calls.beat(
        call.id, duration_ms=50_000, exchanged_ms=50_000, now=clock.now()
    )

    assert pulse == "broke"
    assert state(purse)[0] == 1


def test_a_beat_says_that_somebody_wants_the_end(call, owner):
    calls.cancel(call, by=owner)

    assert calls.beat(call.id, duration_ms=1, exchanged_ms=0, now=clock.now()) == "stop"


def test_a_hold_that_expired_is_taken_up_again(call, purse):
    wallet.release_expired(now=clock.now() + timedelta(hours=1))
    assert state(purse)[1] == 0

    pulse = calls.beat(call.id, duration_ms=1, exchanged_ms=1, now=clock.now())

    assert pulse == "on"
    assert state(purse)[1] == call.rate_micros / 2 / CREDIT


def test_a_call_that_waits_is_canceled_for_nothing(started, owner, purse):
    calls.cancel(started[0], by=owner)

    assert Call.objects.get().status == "canceled"
    assert state(purse) == (500, 0)


class TestRefusals:
    def test_no_credit(self, agent, owner, workspace, purse):
        wallet.adjust(
            workspace=workspace,
            amount_micros=-500 * CREDIT,
            key="x",
            reason="y",
            by=owner,
        )

        with pytest.raises(wallet.NoCredit) as refused:
            calls.start_test(agent=agent, by=owner)

        assert (refused.value.code, refused.value.status) == (
            "insufficient_credit",
            402,
        )
        assert not Call.objects.exists()

    def test_too_many_at_once_waiting_ones_count(self, agent, owner, workspace):
        workspace.max_concurrent_calls = 2
        workspace.save()
        first, _ = calls.start_test(agent=agent, by=owner)
        calls.answer(first.id, now=clock.now())
        calls.start_test(agent=agent, by=owner)

        with pytest.raises(admission.TooManyCalls) as refused:
            calls.start_test(agent=agent, by=owner)

        assert refused.value.code == "quota_exceeded.concurrent_calls"
        assert refused.value.status == 429
        calls.end(first.id, hang_up(0), now=clock.now())
        assert calls.start_test(agent=agent, by=owner)

    def test_too_many_today(self, agent, owner, workspace):
        workspace.max_daily_calls = 1
        workspace.save()
        calls.cancel(calls.start_test(agent=agent, by=owner)[0], by=owner)

        with pytest.raises(admission.TooManyCallsToday) as refused:
            calls.start_test(agent=agent, by=owner)

        assert refused.value.code == "quota_exceeded.daily_calls"


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_with_credit_for_seven(agent, owner, workspace, purse):
    call, _ = calls.start_test(agent=agent, by=owner)
    calls.cancel(call, by=owner)
    surplus = 500 * CREDIT - 7 * call.rate_micros // 2
    wallet.adjust(
        workspace=workspace, amount_micros=-surplus, key="x", reason="y", by=owner
    )
    workspace.max_concurrent_calls = 10
    workspace.save()
    said = []

    def start():
        try:
            calls.start_test(agent=agent, by=owner)
            said.append("admitted")
        except wallet.NoCredit as refusal:
            said.append(refusal.status)
        finally:
            connection.close()

    threads = [threading.Thread(target=start) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (said.count("admitted"), said.count(402), len(said)) == (7, 43, 50)
    assert state(purse)[0] == state(purse)[1]


class TestTokens:
    def claim(self, raw, after=0, origin=ORIGIN):
        now = clock.now() + timedelta(seconds=after)
        return media_tokens.claim(raw, now=now, origin=origin)

    def test_opens_its_call_once(self, started):
        call, raw = started

        assert self.claim(raw).call == call
        assert self.claim(raw) is None

    def test_is_kept_as_a_hash(self, started):
        assert started[1] not in str(list(Call.objects.get().media_tokens.values()))

    def test_is_too_old_after_a_minute(self, started):
        assert self.claim(started[1], after=61) is None
        assert self.claim(started[1], after=59)

    @pytest.mark.parametrize("origin", ["", "https://evil.example", ORIGIN + ".evil"])
    def test_is_bound_to_its_page(self, started, origin):
        assert self.claim(started[1], origin=origin) is None
        assert self.claim(started[1])

    def test_is_dead_with_its_call(self, started, owner):
        calls.cancel(started[0], by=owner)

        assert self.claim(started[1]) is None

    def test_guesses_open_nothing(self, started):
        raw = started[1]
        guesses = [raw[:-1], raw + "A", raw.swapcase(), "", "x" * 43, raw[::-1]]

        assert not any(self.claim(guess) for guess in guesses)


class TestReaper:
    def test_a_call_whose_process_died_is_settled_from_its_last_beat(self, call, purse):
        now = clock.now()
        calls.beat(call.id, duration_ms=41_000, exchanged_ms=40_000, now=now)

        assert reaper.reap(now=now + timedelta(seconds=59)) == 0
        assert reaper.reap(now=now + timedelta(seconds=61)) == 1
        assert reaper.reap(now=now + timedelta(seconds=76)) == 0

        call.refresh_from_db()
        assert (call.status, call.end_detail) == ("completed", "server_lost")
        assert (call.duration_ms, call.billed_ms) == (41_000, 60_000)
        assert state(purse) == (500 - call.rate_micros / CREDIT, 0)

    def test_a_call_nobody_came_to_is_canceled(self, started, purse):
        reaper.reap(now=clock.now() + timedelta(seconds=61))

        assert Call.objects.get().status == "canceled"
        assert state(purse) == (500, 0)

    def test_a_beat_in_the_last_moment_saves_the_call(self, call):
        now = clock.now() + timedelta(seconds=61)
        calls.beat(call.id, duration_ms=1, exchanged_ms=1, now=now)

        ended = calls.end(
            call.id, hang_up(1), now=now, silent_since=now - timedelta(seconds=60)
        )

        assert ended.is_live()

    def test_participants_leave(self, call):
        reaper.reap(now=clock.now() + timedelta(seconds=61))

        assert set(Participant.objects.values_list("status", flat=True)) == {"left"}
