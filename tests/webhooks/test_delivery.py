from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from tests import factories
from tests.doubles.receiver import SECRET
from tests.webhooks.conftest import only, try_all
from webhooks import courier, delivery, endpoints, signing, statements, wires
from webhooks.models import Attempt, Delivery

PROMPT_WAITS = [1, 2, 4, 8]


def age(row, **since):
    """Make a delivery due now."""
    Delivery.objects.filter(pk=row.pk).update(next_at=clock.now())


def test_a_letter_arrives_once_and_is_written_down(wired, receiver, tell, deliver):
    letter = tell(wired.workspace)

    deliver()
    deliver()

    (got,) = receiver.letters
    assert got.body == letter.body.encode()
    assert got.headers["X-Rymi-Event"] == "call.completed"
    assert got.delivery == str(only().id)
    assert (only().state, only().attempts) == ("delivered", 1)
    kept = Attempt.objects.get()
    assert (kept.status, kept.reply_body) == (200, '{"ok":true}')
    assert kept.request_headers["X-Rymi-Signature"] == got.headers["X-Rymi-Signature"]
    assert SECRET not in str(kept.request_headers)


def test_five_tries_with_the_promised_waits_then_it_has_failed(
    wired, receiver, tell, deliver
):
    receiver.status = 500
    tell(wired.workspace)

    waits = []
    for _ in PROMPT_WAITS:
        deliver()
        waits.append((only().next_at - clock.now()).total_seconds())
        age(only())
    deliver()

    assert [round(wait) for wait in waits] == PROMPT_WAITS
    assert (only().state, only().attempts) == ("failed", 5)
    assert len(receiver.letters) == 5
    assert [each.number for each in Attempt.objects.order_by("number")] == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_nothing_is_sent_before_its_moment(wired, receiver, tell, deliver):
    receiver.status = 500
    tell(wired.workspace)

    deliver()
    deliver()

    assert len(receiver.letters) == 1


def test_every_try_is_signed_anew_and_keeps_its_id(wired, receiver, tell, deliver):
    receiver.statuses = [500]
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False) as clock_hand:
        tell(wired.workspace)
        deliver()
        clock_hand.shift(timedelta(seconds=1))
        deliver()

    first, second = receiver.letters
    assert first.delivery == second.delivery
    assert first.body == second.body
    stamps = [int(each.headers["X-Rymi-Timestamp"]) for each in (first, second)]
    assert stamps[1] - stamps[0] == 1000
    assert first.headers["X-Rymi-Signature"] != second.headers["X-Rymi-Signature"]


@pytest.mark.parametrize("status", [301, 302, 400, 404, 429, 500, 503])
def test_whatever_is_not_2xx_is_tried_again(wired, receiver, tell, deliver, status):
    receiver.status = status
    tell(wired.workspace)

    deliver()

    assert (only().state, only().last_status) == ("waiting", status)
    assert len(receiver.letters) == 1


def test_a_patient_endpoint_gets_eight_tries_over_a_day(wired, receiver, tell, deliver):
    receiver.status = 503
    receiver.headers = {"Retry-After": "9"}
    wired.is_patient = True
    wired.save()
    tell(wired.workspace)

    deliver()
    first_wait = (only().next_at - clock.now()).total_seconds()
    try_all(deliver, times=7)

    assert 8 < first_wait <= 9.1  # asked for, within twice the step
    assert (only().state, only().attempts) == ("failed", 8)


def test_a_private_address_is_a_failed_try_that_tells_nothing(endpoint, tell, deliver):
    endpoint.url = "https://10.0.0.1/"
    endpoint.save()
    tell(endpoint.workspace)

    deliver()

    kept = Attempt.objects.get()
    assert kept.status is None
    assert kept.error == "That address is not on the public internet."
    assert only().state == "waiting"


@pytest.mark.parametrize(
    ("fault", "error"),
    [("hang", "timeout"), ("drip", "timeout"), ("reset", "usable answer")],
)
def test_an_evil_receiver_costs_one_try(wired, receiver, tell, deliver, fault, error):
    receiver.fault = fault
    tell(wired.workspace)

    deliver()

    kept = Attempt.objects.get()
    assert error in kept.error
    assert kept.elapsed_ms < 6000


def test_no_more_than_64_kib_of_a_reply_are_kept(wired, receiver, tell, deliver):
    receiver.fault = "flood"
    tell(wired.workspace)

    deliver()

    kept = Attempt.objects.get()
    assert (len(kept.reply_body), kept.truncated) == (65_536, True)
    assert only().state == "delivered"


def test_a_reply_that_is_no_text_is_kept_readable(wired, receiver, tell, deliver):
    receiver.say = b"\x00\xff\xfe ok"
    tell(wired.workspace)

    deliver()

    assert "ok" in Attempt.objects.get().reply_body
    assert "\x00" not in Attempt.objects.get().reply_body


def test_a_letter_whose_sender_died_is_sent_when_its_lease_is_over(
    wired, receiver, tell, deliver
):
    tell(wired.workspace)
    dead = courier.Courier()
    lanes = delivery.take_lanes(holder=dead.id, now=clock.now(), room=9)
    delivery.claim(dict.fromkeys(lanes, 2), holder=dead.id, now=clock.now())

    deliver()
    meanwhile = len(receiver.letters)
    with time_machine.travel(clock.now() + timedelta(seconds=14)):
        deliver()

    assert (meanwhile, len(receiver.letters)) == (0, 1)
    assert (only().state, only().attempts) == ("delivered", 1)


def test_who_comes_back_from_the_dead_changes_nothing(wired, receiver, tell, deliver):
    tell(wired.workspace)
    ghost = courier.Courier()
    lanes = delivery.take_lanes(holder=ghost.id, now=clock.now(), room=9)
    (job,) = delivery.claim(dict.fromkeys(lanes, 2), holder=ghost.id, now=clock.now())
    with time_machine.travel(clock.now() + timedelta(seconds=14)):
        deliver()

    late = delivery.Outcome(job, clock.now(), {}, 10, status=500)
    delivery.record([late], now=clock.now())

    assert only().state == "delivered"


def test_two_couriers_do_not_serve_one_endpoint(wired, tell):
    tell(wired.workspace)
    now = clock.now()
    first, second = courier.Courier(), courier.Courier()

    lanes = delivery.take_lanes(holder=first.id, now=now, room=9)

    assert lanes == [wired.id]
    assert delivery.take_lanes(holder=second.id, now=now, room=9) == []
    assert delivery.claim({wired.id: 2}, holder=second.id, now=now) == []


def test_no_more_than_two_tries_at_once_to_one_endpoint(wired, receiver, tell, deliver):
    receiver.pause = 0.05
    for number in range(8):
        tell(wired.workspace, number)

    deliver()

    assert receiver.most_at_once == 2
    assert len(receiver.letters) == 8


def test_a_try_that_breaks_holds_up_no_other(
    wired, receiver, tell, deliver, monkeypatch
):
    made, real = [], signing.headers

    def headers(**about):
        made.append(about)
        if len(made) == 1:
            raise RuntimeError
        return real(**about)

    monkeypatch.setattr(signing, "headers", headers)
    for number in range(4):
        tell(wired.workspace, number)

    deliver()

    assert len(receiver.letters) == 3
    (broken,) = Delivery.objects.filter(state="waiting")
    assert broken.last_error == wires.BROKEN
    assert broken.tries_made.get().status is None


def test_what_is_due_is_found_by_the_index_of_what_is_open(wired, tell):
    for number in range(300):  # a planner needs a log to be read through
        tell(wired.workspace, number)
    last = Delivery.objects.latest("id")
    Delivery.objects.exclude(pk=last.pk).update(state="delivered")

    with CaptureQueriesContext(connection) as asked:
        rows = statements.due(wired.pk, room=9, now=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what both databases do by themselves, in time
        plan = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}
        cursor.execute(f"{plan[connection.vendor]} {asked[0]['sql']}")
        told = str(cursor.fetchall())

    assert len(rows) == 1
    assert "webhook_deliveries_open" in told


def test_a_letter_erased_on_its_way_leaves_nothing(wired, tell):
    from webhooks import outbox

    tell(wired.workspace)
    lanes = delivery.take_lanes(holder=wired.id, now=clock.now(), room=9)
    (job,) = delivery.claim(dict.fromkeys(lanes, 2), holder=wired.id, now=clock.now())
    outbox.erase(workspace=wired.workspace, subjects=["call:1"])

    delivery.record(
        [delivery.Outcome(job, clock.now(), {}, 10, status=200)], now=clock.now()
    )

    assert not Attempt.objects.exists()


def test_what_is_under_way_when_its_endpoint_is_paused_is_held(wired, tell):
    tell(wired.workspace)
    lanes = delivery.take_lanes(holder=wired.id, now=clock.now(), room=9)
    (job,) = delivery.claim(dict.fromkeys(lanes, 2), holder=wired.id, now=clock.now())
    endpoints.pause(wired, by=None)

    delivery.record(
        [delivery.Outcome(job, clock.now(), {}, 10, status=500)], now=clock.now()
    )

    assert only().state == "held"


def test_while_a_secret_is_replaced_tries_take_turns(wired, receiver, tell, deliver):
    from rymi import Rymi  # the official SDK, as a receiver uses it

    receiver.statuses = [400]
    fresh = endpoints.replace_secret(wired, by=None)
    tell(wired.workspace)

    try_all(deliver, times=2)

    verify = Rymi(api_key="x").webhooks.verify_signature
    for letter, secret in zip(receiver.letters, [fresh, SECRET], strict=True):
        assert verify(
            letter.body.decode(),
            letter.headers["X-Rymi-Signature"],
            letter.headers["X-Rymi-Timestamp"],
            secret,
        )


def test_letters_of_other_workspaces_go_to_their_own_endpoints(
    wired, receiver, tell, deliver
):
    stranger = factories.EndpointFactory(url=f"{receiver.url}/stranger")

    tell(wired.workspace)
    tell(stranger.workspace)
    deliver()

    assert sorted(each.path for each in receiver.letters) == ["/rymi", "/stranger"]
