"""Calls that come in together, put to the front door at once."""

import asyncio
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import OperationalError, connection, transaction

from agents import authoring, config, publishing
from billing import plans, wallet
from billing.models import Spend, Wallet
from common import clock
from telephony import admission, inbound
from telephony import rings as switchboards
from telephony.carrier import Caller
from telephony.carriers import CARRIERS
from telephony.front_door import FrontDoor
from telephony.models import Call, CarrierConnection, Leg, MediaToken, Number
from tests import factories
from tests.doubles.twilio import Twilio
from tests.reception import AGENT, BASE
from tests.telephony.conftest import configured
from tests.telephony.test_front_door import elsewhere, scope_of

NEIGHBOURS = "+441174960177"
BUSY = "quota_exceeded.concurrent_calls"
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def twilio(settings):
    settings.PUBLIC_BASE_URL = settings.MEDIA_BASE_URL = BASE
    return Twilio()


@pytest.fixture
def number(workspace, published, twilio):
    return configured(workspace, published, twilio)


@pytest.fixture
def neighbours(twilio):
    """A number of another workspace, at the same carrier."""
    member = factories.MembershipFactory(role="admin")
    agent = authoring.create(
        workspace=member.workspace,
        name="Next door",
        config=config.parse(AGENT),
        by=member.user,
    )
    publishing.publish(agent, by=member.user)
    agent.refresh_from_db()
    wallet.top_up(workspace=member.workspace, amount_micros=10**9, key="theirs")
    connection = CarrierConnection.objects.create(
        workspace=member.workspace,
        provider="twilio",
        account_ref="AC" + "9" * 32,
        credentials=twilio.credentials,
    )
    return Number.objects.create(
        workspace=member.workspace,
        number=NEIGHBOURS,
        agent=agent,
        provider=connection.provider,
    )


def cap(workspace, calls):
    workspace.max_concurrent_calls = calls
    workspace.save()


def rings(twilio, count, first=0, **how):
    return [
        twilio.ring(BASE, f"CA{n:032x}", caller=f"+4477009{n:05}", **how)
        for n in range(first, first + count)
    ]


def put_together(askeds):
    """Put all requests to one door at once; return what each was answered."""

    async def story():
        door = FrontDoor(elsewhere)

        async def put(asked):
            headers = [*asked.headers.items(), ("Content-Type", asked.content_type)]
            one = ApplicationCommunicator(
                door, scope_of(urlsplit(asked.url).path, headers)
            )
            await one.send_input({"type": "http.request", "body": asked.body})
            start = await one.receive_output(60)
            content = await one.receive_output(60)
            return start["status"], content["body"].decode()

        return await asyncio.gather(*map(put, askeds))

    return asyncio.run(story())


def heard(answers):
    return Counter(
        "let in"
        if "<Stream " in body
        else "busy"
        if "our lines are busy" in body
        else status
        for status, body in answers
    )


def test_as_many_are_let_in_as_may_be_and_the_first_come_first(
    number, workspace, twilio, purse
):
    cap(workspace, 13)  # more than one transaction lets in

    answers = put_together(rings(twilio, 40))

    assert heard(answers) == {"let in": 13, "busy": 27}
    assert all("<Stream " in body for _, body in answers[:13])
    let_in = Call.objects.filter(status="queued")
    assert let_in.count() == MediaToken.objects.count() == 13
    assert Call.objects.filter(status="busy", error_code=BUSY).count() == 27
    assert Leg.objects.values("carrier_call_id").distinct().count() == 40
    purse.refresh_from_db()
    assert purse.held_micros == 13 * let_in.first().rate_micros // 2
    number.refresh_from_db()
    assert (number.last_refusal, bool(number.last_inbound_at)) == (BUSY, True)


def test_what_is_refused_tells_as_much_as_a_call_that_rang_alone(
    number, workspace, twilio
):
    cap(workspace, 1)
    alone = rings(twilio, 2)
    put_together(alone[:1])
    put_together(alone[1:])

    put_together(rings(twilio, 5, first=10))

    one, *others = Call.objects.filter(status="busy").order_by("id")
    assert len(others) == 5
    varies = {"id", "caller", "created_at", "ended_at", "settled_at"}
    fields = [f.attname for f in Call._meta.fields if f.attname not in varies]
    for other in others:
        assert [getattr(other, f) for f in fields] == [getattr(one, f) for f in fields]
        assert other.caller == other.legs.get().from_number
        customer = other.legs.get().participant
        assert (customer.call_id, customer.status) == (other.pk, "failed")


def test_those_without_room_hear_so_before_the_first_are_let_in(monkeypatch):
    """And yet those first ones are not put off for ever by a crowd without an end."""
    rounds = []

    async def story():
        loop, told = asyncio.get_running_loop(), []

        def take(going):
            rounds.append([ring.caller.call_id for ring in going])
            if len(rounds) < 10:  # another one rings meanwhile
                loop.call_soon_threadsafe(ring)
            rest = [switchboards.Taken()] * (len(going) - 1)
            return [None, *rest] if rest else [switchboards.Taken()]

        monkeypatch.setattr(switchboards, "take_together", take)
        with ThreadPoolExecutor(1) as pool:
            switchboard = switchboards.Switchboard(pool)

            def ring():
                who = Caller(f"CA{len(told)}", "+447700900000", NEIGHBOURS)
                one = switchboards.Ring(CARRIERS["twilio"], None, who)
                told.append(asyncio.create_task(switchboard.take(one)))

            ring()
            ring()
            while len(told) < 11 or not all(each.done() for each in told):
                await asyncio.sleep(0.01)

    asyncio.run(story())

    assert rounds[:5] == [
        ["CA0", "CA1"],
        ["CA0", "CA2"],
        ["CA0", "CA3"],
        ["CA0"],  # let in
        ["CA4", "CA5"],
    ]


def test_without_a_cap_all_are_let_in(number, twilio):
    assert heard(put_together(rings(twilio, 25))) == {"let in": 25}
    assert Call.objects.filter(status="queued").count() == 25


def test_the_calls_of_a_day_end_in_the_midst_of_a_crowd(number, workspace, twilio):
    workspace.max_daily_calls = 4
    workspace.save()

    put_together(rings(twilio, 9))

    assert Counter(Call.objects.values_list("error_code", flat=True)) == {
        "": 4,
        "quota_exceeded.daily_calls": 5,
    }


def test_a_crowd_that_is_turned_away_does_not_use_up_the_day(number, workspace, twilio):
    workspace.max_daily_calls = 10
    cap(workspace, 3)

    answers = put_together(rings(twilio, 30))

    assert heard(answers) == {"let in": 3, "busy": 27}
    Call.objects.filter(status="queued").update(status="completed")
    assert heard(put_together(rings(twilio, 1, first=50))) == {"let in": 1}


def test_everybody_hears_that_there_is_no_credit(number, twilio, purse):
    purse.balance_micros = 0
    purse.save()

    answers = put_together(rings(twilio, 15))

    assert not any("<Stream " in body for _, body in answers)
    assert Call.objects.filter(error_code="insufficient_credit").count() == 15


def test_a_neighbours_crowd_takes_nobodys_room(number, workspace, neighbours, twilio):
    cap(workspace, 2)
    ours = rings(twilio, 12)
    theirs = rings(twilio, 12, first=50, number=NEIGHBOURS)
    mixed = [each for pair in zip(ours, theirs, strict=True) for each in pair]

    answers = put_together(mixed)

    assert heard(answers[0::2]) == {"let in": 2, "busy": 10}
    assert heard(answers[1::2]) == {"let in": 12}
    for leg in Leg.objects.select_related("call"):
        assert leg.workspace_id == leg.call.workspace_id == leg.number.workspace_id


def test_a_call_that_is_asked_for_three_times_at_once_is_one(number, workspace, twilio):
    cap(workspace, 3)
    once = rings(twilio, 6)
    thrice = [each for each in once for _ in range(3)]

    answers = put_together(thrice)

    assert heard(answers) == {"let in": 9, "busy": 9}
    assert Call.objects.count() == Leg.objects.count() == 6
    assert Call.objects.filter(status="queued").count() == 3


def test_a_forged_one_among_true_ones_is_refused_alone(number, twilio):
    askeds = rings(twilio, 6)
    for forged in askeds[1:3]:
        forged.headers = {"X-Twilio-Signature": Twilio.signature(forged.url, {})}

    answers = put_together(askeds)

    assert heard(answers) == {"let in": 4, 403: 2}
    assert [status for status, _ in answers[1:3]] == [403, 403]
    assert Call.objects.count() == 4


@pytest.mark.parametrize("at_most", [None, 2])
def test_one_whose_row_cannot_be_written_does_not_sink_the_others(
    number, workspace, twilio, monkeypatch, at_most
):
    cap(workspace, at_most)
    bad = "CA" + "b" * 32
    record, issue = inbound.turned_away.record, inbound.media_tokens.issue_for

    def refuse(connection, number, refused, now):
        if any(caller.call_id == bad for caller, _ in refused):
            raise ValueError("cannot be written")
        record(connection, number, refused, now)

    def token(leg, **how):
        if leg.carrier_call_id == bad:
            raise ValueError("cannot be written")
        return issue(leg, **how)

    monkeypatch.setattr(inbound.turned_away, "record", refuse)
    monkeypatch.setattr(inbound.media_tokens, "issue_for", token)
    askeds = rings(twilio, 8)
    askeds.insert(5, twilio.ring(BASE, bad))

    answers = put_together(askeds)

    assert answers[5][0] == 500
    assert sum(status == 200 for status, _ in answers) == 8
    assert Call.objects.count() == Leg.objects.count() == 8
    assert not Leg.objects.filter(carrier_call_id=bad).exists()
    assert Call.objects.filter(status="queued").count() == (at_most or 8)


def test_a_call_that_another_process_has_just_let_in_is_answered_the_same(
    number, twilio, monkeypatch
):
    """It was not there yet when this process looked, and is when it writes."""
    askeds = rings(twilio, 5)
    put_together(askeds[2:3])
    known, looks = inbound._known, []

    def blind(connection, callers):
        looks.append(len(callers))
        is_late = len(looks) <= 2 or callers[0].call_id != askeds[2].call_id
        return {} if is_late else known(connection, callers)

    for asked in askeds:
        asked.call_id = parse_qs(asked.body.decode())["CallSid"][0]
    monkeypatch.setattr(inbound, "_known", blind)

    assert heard(put_together(askeds)) == {"let in": 5}
    assert Call.objects.count() == Leg.objects.count() == 5


def test_a_database_that_is_away_is_asked_once_for_all(number, twilio, monkeypatch):
    asked = []

    def away(*_):
        asked.append(1)
        raise OperationalError("no connection")

    monkeypatch.setattr(inbound, "receive_together", away)

    answers = put_together(rings(twilio, 20))

    assert heard(answers) == {500: 20}
    assert len(asked) <= 3


def test_room_says_no_to_those_behind_others(workspace):
    cap(workspace, 2)
    room = admission.room(workspace, plans.limits(workspace), clock.now())

    assert [bool(room.refusal(ahead)) for ahead in range(4)] == [
        False,
        False,
        True,
        True,
    ]


def test_who_rings_while_another_call_is_charged_waits_in_no_ring(
    number, workspace, twilio
):
    """The one has the workspace and wants the wallet; the other the wallet, and writes
    what the workspace is named in."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            ours = Wallet.objects.select_for_update().get(pk=workspace.pk)
            ringing = pool.submit(put_together, rings(twilio, 1))
            wait_for_a_lock()
            Spend.objects.create(
                wallet=ours, workspace=workspace, day=clock.now().date(), subject="x"
            )
        assert heard(ringing.result(30)) == {"let in": 1}


def wait_for_a_lock():
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def test_whoever_was_in_anothers_way_is_let_in_after_them(number, workspace, twilio):
    """They hold the wallet and want the workspace, and PostgreSQL undoes who rang."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            Wallet.objects.select_for_update().get(pk=workspace.pk)
            ringing = pool.submit(put_together, rings(twilio, 1))
            wait_for_a_lock()
            type(workspace).objects.select_for_update().get(pk=workspace.pk)
        assert heard(ringing.result(30)) == {"let in": 1}
