"""People who come to a call later, by phone: dialled, let in, let go."""

import pytest

from common import clock
from telephony import (
    calls,
    do_not_call,
    legs,
    media_tokens,
    participants,
    resuming,
)
from telephony.carrier import CallEvent, Started
from telephony.models import Call, Leg, Participant
from telephony.participants import Wanted
from tests.doubles.carriers import CALLER

pytestmark = pytest.mark.django_db(transaction=True)
COLLEAGUE = "+441174960100"
PHONE = Wanted(
    Participant.Transport.PSTN,
    COLLEAGUE,
    place=Participant.Place.ASIDE,
    role=Participant.Role.AGENT,
)


@pytest.fixture
def call(agent, owner, number):
    """A call in a browser, under way."""
    call, token = calls.start_test(agent=agent, by=owner)
    claimed = media_tokens.claim(token, now=clock.now())
    calls.answer(call.id, now=clock.now(), by=claimed.participant_id, at="a:1")
    return Call.objects.get(pk=call.pk)


def answered(invited):
    """Let the person's phone be answered; return what the carrier is told."""
    leg = Leg.objects.select_related("call", "connection").get(pk=invited.leg.pk)
    legs.apply(leg.id, CallEvent(leg.carrier_call_id, "answered"), now=clock.now())
    return resuming.answered(leg, None, clock.now())


def test_a_phone_is_dialled_and_its_stream_joins_the_call(call, twilio):
    invited = participants.invite(call, PHONE)

    answer = answered(invited)

    assert twilio.dialled() == [COLLEAGUE]
    leg = Leg.objects.get(pk=invited.leg.pk)
    token = media_tokens.claim(
        answer.token, now=clock.now(), carrier_call_id=leg.carrier_call_id
    )
    assert token.joins
    assert token.participant.place == "aside"
    legs.streaming(call.id, Started("MZ1", leg.carrier_call_id, {}), now=clock.now())
    call.refresh_from_db()
    assert (call.status, call.epoch) == ("in_progress", 0)


def test_a_phone_that_is_not_answered_leaves_the_call_alone(call, twilio):
    invited = participants.invite(call, PHONE)
    leg = Leg.objects.get(pk=invited.leg.pk)

    legs.apply(leg.id, CallEvent(leg.carrier_call_id, "busy"), now=clock.now())
    legs.reconcile(leg.id, now=clock.now())

    call.refresh_from_db()
    assert call.status == "in_progress"
    assert Participant.objects.get(pk=invited.participant.pk).left_at


def test_who_is_sent_away_is_hung_up_on_and_does_not_come_back(call, twilio):
    invited = participants.invite(call, PHONE)
    answered(invited)
    participants.joined(invited.participant.pk, now=clock.now())

    participants.left(invited.participant.pk, now=clock.now())

    (line,) = twilio.lines.values()
    assert line.actions == ["hang up"]
    leg = Leg.objects.select_related("call").get(pk=invited.leg.pk)
    assert resuming.resume(leg, None, clock.now()).refusal == "over"
    call.refresh_from_db()
    assert call.status == "in_progress"


def test_a_stream_that_broke_joins_again_and_takes_nothing_over(call, twilio):
    invited = participants.invite(call, PHONE)
    answered(invited)
    participants.joined(invited.participant.pk, now=clock.now())
    leg = Leg.objects.select_related("call").get(pk=invited.leg.pk)

    answer = resuming.resume(leg, None, clock.now())
    token = media_tokens.claim(
        answer.token, now=clock.now(), carrier_call_id=leg.carrier_call_id
    )

    assert (token.joins, token.resumes) == (True, True)
    call.refresh_from_db()
    assert (call.epoch, call.carried_at) == (0, "a:1")


def test_a_phone_that_is_called_off_before_it_was_dialled_never_rings(
    call, twilio, settings
):
    settings.CELERY_TASK_ALWAYS_EAGER = False
    invited = participants.invite(call, PHONE)
    Leg.objects.filter(pk=invited.leg.pk).update(state=Leg.State.QUEUED)
    twilio.lines.clear()

    participants.left(invited.participant.pk, now=clock.now())

    assert Leg.objects.get(pk=invited.leg.pk).state == "canceled"


def test_a_number_that_wants_no_calls_is_not_called(call, workspace, twilio):
    do_not_call.add(workspace, COLLEAGUE, reason="asked")

    with pytest.raises(do_not_call.Blocked):
        participants.invite(call, PHONE)

    assert twilio.dialled() == []
    assert not call.participants.filter(identity=COLLEAGUE).exists()


def test_who_was_invited_and_never_came_is_no_part_of_the_call(call):
    web = Wanted(Participant.Transport.WEBRTC, "ben")
    invited = participants.invite(call, web)

    assert Participant.objects.get(pk=invited.participant.pk).status == "joining"
    calls.end(call.id, calls.Outcome(Call.EndReason.CLOSED), now=clock.now())

    assert Participant.objects.get(pk=invited.participant.pk).joined_at is None
    assert media_tokens.claim(invited.token, now=clock.now()) is None


def test_a_call_whose_phone_is_busy_goes_on_for_who_waits_in_a_browser(
    published, number, twilio
):
    from telephony import web_calls

    call, _, (invited,) = web_calls.meet(
        web_calls.Wanted(published, ["ann"]),
        [Wanted(Participant.Transport.PSTN, CALLER)],
    )
    leg = Leg.objects.get(pk=invited.leg.pk)
    legs.apply(leg.id, CallEvent(leg.carrier_call_id, "busy"), now=clock.now())

    call.refresh_from_db()
    assert call.is_live()


def test_a_call_that_goes_on_without_its_caller_is_somebody_elses(call, twilio):
    caller = call.participants.get(role="customer")
    invited = participants.invite(call, Wanted(Participant.Transport.PSTN, CALLER))
    answered(invited)
    heir = invited.participant.pk
    participants.joined(heir, now=clock.now())

    participants.succeed(call.id, caller.pk, heir, now=clock.now())

    call.refresh_from_db()
    caller.refresh_from_db()
    assert (call.carried_for, caller.status) == (heir, "left")
    # Should the process die now, theirs is the line that takes the call over.
    leg = Leg.objects.select_related("call").get(pk=invited.leg.pk)
    answer = resuming.resume(leg, None, clock.now())
    token = media_tokens.claim(
        answer.token, now=clock.now(), carrier_call_id=leg.carrier_call_id
    )
    assert (token.resumes, token.joins) == (True, False)
