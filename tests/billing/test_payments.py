"""Payments through Stripe's double, over a real socket."""

from datetime import timedelta

import pytest
import time_machine

from billing import auto_recharge, notices, payments, proof, recharging, wallet
from billing.models import AutoRecharge, BillingProfile, Invoice, LedgerEntry, Payment
from billing.processors.port import NotConfigured, Unreachable
from common import clock
from tests import factories

CREDIT = 1_000_000

pytestmark = pytest.mark.django_db


def entries(workspace):
    found = LedgerEntry.objects.filter(wallet_id=workspace.pk).exclude(kind="grant")
    return [entry.amount_micros / CREDIT for entry in found.order_by("sequence")]


def test_a_payment_is_credited_with_its_receipt(start, stripe, workspace):
    payment = start(50)
    assert payment.state == "open"
    assert payment.session_url.startswith(f"{stripe.url}/pay/")
    stripe.complete(payment.session_id)

    payment = payments.reconcile(payment.id)

    assert (payment.state, payment.card) == ("paid", "Visa ending 4242")
    assert entries(workspace) == [5000]
    invoice = Invoice.objects.get()
    assert (invoice.status, invoice.total_minor) == ("paid", 50_00)
    assert invoice.items.get().credit_transaction_id
    told = workspace.webhook_events.get()
    assert (told.type, told.subject) == ("billing.topup_confirmed", payment.source)


def test_reconciling_again_changes_nothing(start, stripe, workspace):
    payment = start()
    stripe.complete(payment.session_id)

    for _ in range(3):
        payments.reconcile(payment.id)

    assert entries(workspace) == [5000]
    assert Invoice.objects.count() == workspace.webhook_events.count() == 1


def test_a_second_click_leads_to_the_same_page(start, stripe):
    first, second = start(once="same"), start(once="same")

    assert first.session_url == second.session_url
    assert Payment.objects.count() == 1


def test_a_second_click_with_another_amount_is_refused(start):
    start(50, once="same")

    with pytest.raises(payments.OtherPayment):
        start(60, once="same")


def test_an_answer_that_was_lost_is_the_same_page(start, stripe, workspace, owner):
    start(once="first")  # makes the customer
    stripe.answer_lost = True

    payment = start(once="lost")  # the SDK repeats with the same key

    sessions = [each for each in stripe.objects if each.endswith("/data")]
    assert len(sessions) == 2
    assert payment.session_id


def test_when_stripe_fails_the_click_may_be_repeated(start, stripe):
    stripe.fault = "503"
    with pytest.raises(Unreachable):
        start(once="again")
    stripe.fault = ""

    assert start(once="again").state == "open"
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("usd", [0, 4, 1001])
def test_an_amount_out_of_range_is_refused(start, usd):
    with pytest.raises(payments.BadAmount):
        start(usd)


def test_without_a_key_nobody_pays(settings, workspace, owner):
    settings.STRIPE_SECRET_KEY = ""

    with pytest.raises(NotConfigured):
        payments.start(workspace=workspace, cents=50_00, once="x", by=owner)


def test_a_client_s_agency_pays(stripe, owner):
    client = factories.WorkspaceFactory(parent=factories.WorkspaceFactory())

    with pytest.raises(payments.AgencyPays):
        payments.start(workspace=client, cents=50_00, once="x", by=owner)


def test_a_slow_payment_is_credited_when_the_bank_says_so(start, stripe, workspace):
    payment = start()
    stripe.complete(payment.session_id, later=True)
    assert payments.reconcile(payment.id).state == "open"
    assert entries(workspace) == []

    stripe.settle(payment.session_id)

    assert payments.reconcile(payment.id).state == "paid"
    assert entries(workspace) == [5000]


def test_a_slow_payment_that_fails_is_told(start, stripe, workspace, owner, mailoutbox):
    payment = start()
    stripe.complete(payment.session_id, later=True)
    stripe.settle(payment.session_id, succeeds=False)

    for _ in range(2):
        payment = payments.reconcile(payment.id)

    assert (payment.state, payment.failure) == ("failed", "insufficient funds")
    assert entries(workspace) == []
    assert workspace.webhook_events.get().type == "billing.payment_failed"
    assert workspace.notices.get().kind == "payment_failed"


def test_a_page_nobody_paid_on_expires(start, stripe, workspace):
    payment = start()
    stripe.expire(payment.session_id)

    assert payments.reconcile(payment.id).state == "expired"
    assert entries(workspace) == []


def test_a_declined_card_may_be_followed_by_another(start, stripe, workspace):
    payment = start()
    stripe.complete(payment.session_id, "4000000000009995")
    assert payments.reconcile(payment.id).state == "open"

    stripe.complete(payment.session_id)

    assert payments.reconcile(payment.id).state == "paid"
    assert entries(workspace) == [5000]


class TestReturns:
    @pytest.fixture
    def paid(self, start, stripe):
        payment = start(50)
        stripe.complete(payment.session_id)
        return payments.reconcile(payment.id)

    def test_part_of_it(self, paid, workspace, owner):
        payment = payments.refund(
            paid, cents=20_00, once="a", reason="Too much", by=owner
        )

        assert (payment.state, payment.returned_cents) == ("paid", 20_00)
        assert entries(workspace) == [5000, -2000]
        note = Invoice.objects.get(kind="adjustment")
        assert note.total_minor == -20_00
        assert workspace.audit_entries.get(verb="payment.refunded").reason == "Too much"

    def test_all_of_it(self, paid, workspace, owner):
        for once, cents in (("a", 20_00), ("b", 30_00)):
            paid = payments.refund(
                paid, cents=cents, once=once, reason="Sorry", by=owner
            )

        assert paid.state == "refunded"
        assert sum(entries(workspace)) == 0
        assert Invoice.objects.get(kind="topup").status == "refunded"

    def test_the_same_refund_twice_is_one(self, paid, workspace, owner, stripe):
        for _ in range(2):
            payments.refund(paid, cents=20_00, once="a", reason="Sorry", by=owner)

        assert entries(workspace) == [5000, -2000]
        assert stripe.charged == 30_00

    def test_not_more_than_was_paid(self, paid, owner):
        with pytest.raises(payments.CannotRefund, match=r"\$50\.00"):
            payments.refund(paid, cents=50_01, once="a", reason="Sorry", by=owner)

    def test_a_dispute_takes_and_gives_again(self, paid, stripe, workspace):
        stripe.dispute(paid.intent_id)
        assert payments.reconcile(paid.id).state == "disputed"
        assert entries(workspace) == [5000, -5000]

        stripe.dispute(paid.intent_id, status="won")

        assert payments.reconcile(paid.id).state == "paid"
        assert entries(workspace) == [5000, -5000, 5000]

    def test_a_refund_seen_before_the_credit_nets_to_nothing(
        self, start, stripe, workspace
    ):
        payment = start(50)
        stripe.complete(payment.session_id)
        intent = stripe.objects[payment.session_id]["payment_intent"]
        stripe.refund({"payment_intent": intent})

        payment = payments.reconcile(payment.id)

        assert payment.state == "refunded"
        assert entries(workspace) == [5000, -5000]
        assert proof.of(wallet.open(workspace)).holds


def test_tax_is_paid_and_not_credited(start, stripe, settings, workspace, owner):
    settings.STRIPE_AUTOMATIC_TAX = True
    stripe.tax_percent = 20
    payment = start(50)
    stripe.complete(payment.session_id)

    payment = payments.reconcile(payment.id)

    invoice = Invoice.objects.get()
    assert (invoice.subtotal_minor, invoice.tax_minor) == (50_00, 10_00)
    assert invoice.total_minor == payment.total_cents == 60_00
    assert entries(workspace) == [5000]
    payments.refund(payment, cents=60_00, once="a", reason="Sorry", by=owner)
    assert sum(entries(workspace)) == 0


def test_invoices_are_numbered_without_gaps(start, stripe, owner):
    for n in range(3):
        payment = start(10, once=f"n{n}")
        stripe.complete(payment.session_id)
        payment = payments.reconcile(payment.id)
    payments.refund(payment, cents=10_00, once="r", reason="Sorry", by=owner)

    numbers = Invoice.objects.order_by("number").values_list("number", flat=True)

    year = clock.now().year
    assert list(numbers) == [f"RY-{year}-{n:04}" for n in (1, 2, 3, 4)]


class TestRecharging:
    @pytest.fixture
    def saved(self, start, stripe, workspace, owner):
        """A saved card, ten dollars and a recharge of 25 below 20."""

        def save(card="4242424242424242"):
            payment = start(10, keeps_card=True)
            stripe.complete(payment.session_id, card)
            payments.reconcile(payment.id)
            auto_recharge.configure(
                workspace,
                enabled=True,
                pack_cents=25_00,
                threshold_cents=20_00,
                by=owner,
            )

        return save

    def test_charges_the_saved_card(self, saved, stripe, workspace):
        saved()
        assert recharging.due(now=clock.now()) == [workspace.pk]

        payment = recharging.begin(workspace.pk, now=clock.now())

        payment.refresh_from_db()
        assert (payment.kind, payment.state) == ("auto_recharge", "paid")
        assert entries(workspace)[-1] == 2500
        assert stripe.charged == 35_00
        assert recharging.due(now=clock.now()) == []

    def test_not_while_one_is_under_way(self, saved, workspace):
        saved()
        workspace.payments.create(
            kind="auto_recharge", once="x", credit_cents=25_00, next_at=clock.now()
        )

        assert recharging.due(now=clock.now()) == []
        assert recharging.begin(workspace.pk, now=clock.now()) is None

    def test_after_a_crash_the_same_charge_is_asked_for(self, saved, stripe, workspace):
        saved()
        payment = workspace.payments.create(
            kind="auto_recharge", once="x", credit_cents=25_00, next_at=clock.now()
        )
        recharging._ask(
            Payment.objects.get(pk=payment.pk)
        )  # the answer came, and the process died
        Payment.objects.filter(pk=payment.pk).update(intent_id=None, state="created")

        recharging.charge(payment.pk, now=clock.now())

        payment.refresh_from_db()
        assert payment.state == "paid"
        assert stripe.charged == 35_00
        assert entries(workspace)[-1] == 2500

    def test_failing_backs_off_then_gives_up(
        self,
        saved,
        stripe,
        workspace,
        owner,
        mailoutbox,
        django_capture_on_commit_callbacks,
    ):
        saved("4000000000000341")
        waits = []
        now = clock.now()
        with django_capture_on_commit_callbacks(execute=True):
            while recharging.due(now=now) and len(waits) < 9:
                with time_machine.travel(now, tick=False):
                    recharging.begin(workspace.pk, now=now)
                row = AutoRecharge.objects.get(pk=workspace.pk)
                if row.next_at:
                    waits.append((row.next_at - now).total_seconds() / 3600)
                    assert not recharging.due(now=now)
                    now = row.next_at

        row.refresh_from_db()
        assert waits == [1, 6, 24]
        assert (row.enabled, row.failures) == (False, 4)
        assert row.last_error == "insufficient funds"
        kinds = list(workspace.notices.order_by("id").values_list("kind", flat=True))
        assert kinds == ["payment_failed"] * 3 + ["recharge_off"]
        for notice in workspace.notices.filter(state="new").order_by("id"):
            notices.send(notice.pk, now=now + timedelta(days=1))
        assert [mail.bcc for mail in mailoutbox] == [[owner.email]] * 4
        assert "turned off" in mailoutbox[-1].subject
        told = workspace.webhook_events.filter(type="billing.payment_failed")
        assert told.count() == 4

    def test_when_stripe_is_away_it_waits_and_tries_again(
        self, saved, stripe, workspace
    ):
        saved()
        stripe.fault = "503"
        payment = recharging.begin(workspace.pk, now=clock.now())
        payment.refresh_from_db()
        assert payment.state == "created"
        stripe.fault = ""

        recharging.charge(payment.pk, now=payment.next_at)

        payment.refresh_from_db()
        assert payment.state == "paid"

    def test_the_card_is_kept_only_when_asked(self, start, stripe, workspace):
        payment = start(10)
        stripe.complete(payment.session_id)
        payments.reconcile(payment.id)

        assert BillingProfile.objects.get().method_id == ""
