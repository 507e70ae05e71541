"""Stripe's events: what is refused, and that order and number do not matter (R5, R6)."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from billing import claims, payments, processor_events, proof, wallet
from billing.models import Invoice, LedgerEntry, Payment, ProcessorEvent
from common import clock
from tests import factories

CREDIT = 1_000_000


@pytest.fixture
def event(start, stripe):
    payment = start()
    stripe.complete(payment.session_id)
    return stripe.events[-1]


@pytest.mark.django_db
class TestForgery:
    def send(self, client, body, header):
        return client.post(
            "/callbacks/stripe/",
            body,
            content_type="application/json",
            headers={"Stripe-Signature": header} if header is not None else {},
        )

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda body, header: (body + b" ", header),
            lambda body, header: (body.replace(b"evt_", b"evT_"), header),
            lambda body, header: (b"", header),
            lambda body, header: (b"\xff\xfe", header),
            lambda body, header: (
                body,
                header[:-1] + ("0" if header[-1] != "0" else "1"),
            ),
            lambda body, header: (body, header.replace("v1=", "v0=")),
            lambda body, header: (body, header.split(",")[0]),
            lambda body, header: (body, header.split(",")[1]),
            lambda body, header: (body, ""),
            lambda body, header: (body, "t=١٢٣,v1=ü"),
            lambda body, header: (body, None),
        ],
    )
    def test_what_was_changed_is_refused(self, client, stripe, event, spoil):
        answer = self.send(client, *spoil(*stripe.signed(event)))

        assert answer.status_code == 400
        assert answer.json()["code"] == "invalid_signature"
        assert not ProcessorEvent.objects.exists()

    @pytest.mark.parametrize("seconds", [-301, 330, 4000])
    def test_neither_the_past_nor_the_future_counts(self, stripe_tells, event, seconds):
        assert stripe_tells(event, at=time.time() + seconds).status_code == 400
        assert not ProcessorEvent.objects.exists()

    @pytest.mark.parametrize("seconds", [-270, 290])
    def test_some_minutes_of_clock_drift_do(self, stripe_tells, event, seconds):
        assert stripe_tells(event, at=time.time() + seconds).status_code == 200

    def test_another_account_s_secret_is_refused(self, stripe_tells, event):
        assert stripe_tells(event, secret="whsec_other").status_code == 400

    def test_during_a_rotation_both_secrets_count(self, stripe_tells, event, settings):
        settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", "whsec_double"]

        assert stripe_tells(event).status_code == 200

    def test_without_a_secret_nothing_is_believed(self, stripe_tells, event, settings):
        settings.STRIPE_WEBHOOK_SECRETS = []

        assert stripe_tells(event).status_code == 503

    def test_an_event_about_nothing_of_ours_is_accepted(self, stripe_tells, event):
        event["data"]["object"] = {"id": "prod_1", "object": "product"}

        assert stripe_tells(event).status_code == 200
        assert ProcessorEvent.objects.get().state == "new"


@pytest.mark.django_db(transaction=True)
def test_only_ids_of_an_event_are_kept(stripe_tells, event):
    stripe_tells(event)

    kept = str(ProcessorEvent.objects.values().get())
    assert "line_items" not in kept
    assert event["data"]["object"]["customer"] not in kept


@pytest.mark.django_db(transaction=True)
def test_a_repeated_event_is_one(stripe_tells, event, workspace):
    first, second = stripe_tells(event), stripe_tells(event)

    assert (first.json()["first"], second.json()["first"]) == (True, False)
    assert ProcessorEvent.objects.get().state == "done"
    assert Payment.objects.get().state == "paid"


@pytest.mark.django_db(transaction=True)
def test_an_event_finds_a_payment_whose_session_was_lost(stripe_tells, start, stripe):
    payment = start()
    stripe.complete(payment.session_id)
    Payment.objects.update(session_id=None, session_url="", state="created")

    stripe_tells(stripe.events[-1])

    assert Payment.objects.get().state == "paid"


def land(payment):
    """Come back from the payment company's page."""
    try:
        return 200 if payments.reconcile(payment.pk).paid_at else 500
    except payments.Busy:
        return 200  # the page says that the credit is on its way


@pytest.mark.services
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_fifty_payments_told_in_any_order_any_number_of_times(stripe, owner, workspace):
    """R5: 50 payments x 5 copies, shuffled, 10 at a time, racing the landing page."""
    other = factories.WorkspaceFactory()
    bought = []
    for n in range(50):
        payment = payments.start(
            workspace=workspace if n % 2 else other,
            cents=10_00,
            once=f"p{n}",
            by=owner,
        )
        bought.append(payment)
        is_slow = n % 5 == 4
        stripe.complete(payment.session_id, later=is_slow)
        if is_slow:
            stripe.settle(payment.session_id)
        intent = stripe.objects[payment.session_id]["payment_intent"]
        if n % 10 == 3:
            stripe.refund({"payment_intent": intent})
        if n % 10 == 6:
            stripe.dispute(intent)
    jobs = [("event", event) for event in stripe.shuffled(5)]
    step = len(jobs) // 50
    for n, payment in enumerate(bought):
        jobs.insert(n * step, ("landing", payment))
    codes = []
    lock = threading.Lock()

    def work(job):
        kind, what = job
        client = Client()
        try:
            if kind == "event":
                body, header = stripe.signed(what)
                answer = client.post(
                    "/callbacks/stripe/",
                    body,
                    content_type="application/json",
                    headers={"Stripe-Signature": header},
                )
                code = answer.status_code
            else:
                code = land(what)
            with lock:
                codes.append(code)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(work, jobs))
    # What had to give way to others comes round again by the sweep.
    later = clock.now() + timedelta(hours=1)
    for event_id in claims.due(ProcessorEvent, now=later):
        processor_events.apply(event_id, now=later)

    assert set(codes) == {200}
    credited = LedgerEntry.objects.filter(kind="top_up")
    taken = LedgerEntry.objects.filter(kind="refund")
    assert credited.count() == 50
    assert taken.count() == 10
    assert {each.amount_micros for each in credited} == {1000 * CREDIT}
    assert {each.amount_micros for each in taken} == {-1000 * CREDIT}
    for purse in (wallet.open(workspace), wallet.open(other)):
        assert proof.of(purse).holds
    assert not ProcessorEvent.objects.exclude(state="done").exists()
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert [int(number[-4:]) for number in numbers] == list(range(1, 56))
