"""``kill -9`` between the payment company's event, our ledger entry and the reply.

Processes of their own die at every mark of a payment's life; then everything is told
again, in any order and number, and sweeps do what is left. What left the cards is what
the wallets got, once. ``PAYMENT_KILLS`` says how often; the marks take turns.
"""

import os
import random
import signal
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from billing import auto_recharge, payments, proof, recharging, tasks, wallet
from billing.models import Invoice, LedgerEntry, Payment, ProcessorEvent
from common import clock
from tests import factories, processes
from tests.chaos.figures import FIGURES
from webhooks.models import Event

KILLS = int(os.environ.get("PAYMENT_KILLS", "11"))
CREDIT = 1_000_000
CENTS = 10_00
TWICE = 2  # a payment company repeats what was not answered

# What the process was doing, and where it died.
PLACES = (
    ("start", "payment.before_session_saved"),
    ("tell", "event.before_commit"),
    ("tell", "event.before_reply"),
    ("tell", "payment.before_booking"),
    ("tell", "payment.before_commit"),
    ("tell", "payment.after_booking"),
    ("land", "payment.before_booking"),
    ("land", "payment.before_commit"),
    ("land", "payment.after_booking"),
    ("recharge", "recharge.before_charge"),
    ("recharge", "recharge.after_charge"),
)

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120 + KILLS * 20),
]


@pytest.fixture
def payer():
    return factories.UserFactory(email="payer@example.com")


@pytest.fixture
def scene(stripe, payer, monkeypatch):
    """A double that keeps its events for us, and a workspace for each kill."""
    monkeypatch.setattr("common.later._nudge", lambda task, ids: None)  # sweeps must do
    return Scene(stripe, payer)


class Scene:
    """The payments of the test, and how to have a process die over one."""

    def __init__(self, double, payer):
        self.stripe, self.payer = double, payer
        self.luck = random.Random(os.environ.get("CHAOS_SEED", "7"))
        self.env = {
            "RYMI_TEST_STRIPE_KEY": double.key,
            "RYMI_TEST_STRIPE_SECRET": double.secret,
            "STRIPE_API_BASE": double.url,
        }

    def die(self, mark, *deed):
        process = processes.start(
            "tests.chaos.payer", *deed, RYMI_CHAOS="1", RYMI_CRASH_AT=mark, **self.env
        )
        try:
            assert process.wait(60) == -signal.SIGKILL, (
                f"{deed[0]} did not reach {mark}"
            )
        finally:
            processes.stop(process)

    def buy(self, number):
        workspace = factories.WorkspaceFactory()
        return payments.start(
            workspace=workspace,
            cents=CENTS,
            once=f"p{number}",
            by=self.payer,
            keeps_card=True,
        )

    def start(self, number, mark):
        workspace = factories.WorkspaceFactory()
        self.die(mark, "start", str(workspace.pk), f"p{number}")
        (session,) = [
            each
            for each in self.stripe.objects.values()
            if each["id"].startswith("cs_")
            and each["client_reference_id"] == str(workspace.payments.get().pk)
        ]
        if number % 2:  # they press again, and get the page that there is
            again = payments.start(
                workspace=workspace,
                cents=CENTS,
                once=f"p{number}",
                by=self.payer,
                keeps_card=True,
            )
            assert again.session_id == session["id"]
        self.stripe.complete(session["id"])  # else it was open in another window

    def tell(self, number, mark):
        payment = self.buy(number)
        is_slow = number % 3 == 2
        self.stripe.complete(payment.session_id, later=is_slow)
        if is_slow:
            self.stripe.settle(payment.session_id)
        body, header = self.stripe.signed(self.stripe.events[-1])
        self.die(mark, "tell", header, body.decode())

    def land(self, number, mark):
        payment = self.buy(number)
        self.stripe.complete(payment.session_id)
        self.die(mark, "land", str(payment.pk))

    def recharge(self, number, mark):
        payment = self.buy(number)
        workspace = payment.workspace
        self.stripe.complete(payment.session_id)
        payments.reconcile(payment.pk)
        auto_recharge.configure(
            workspace,
            enabled=True,
            pack_cents=CENTS,
            threshold_cents=5_00,
            by=self.payer,
        )
        purse = wallet.open(workspace)
        wallet.take_back(
            workspace=workspace, amount_micros=purse.balance_micros, key=f"spend:{number}", source="", note="Spent"
        )  # fmt: skip
        self.die(mark, "recharge", str(workspace.pk))


def test_what_left_the_cards_is_credited_once_wherever_we_died(
    scene,
    stripe_tells,
    time_machine,
):
    for number in range(KILLS):
        deed, mark = PLACES[number % len(PLACES)]
        getattr(scene, deed)(number, mark)
    replayed = replay(scene, stripe_tells)
    sweep(time_machine)

    assert scene.stripe.charged == CENTS * len(Payment.objects.filter(state="paid"))
    assert set(Payment.objects.values_list("state", flat=True)) == {"paid"}
    credited = Counter(
        LedgerEntry.objects.filter(kind="top_up").values_list("source", flat=True)
    )
    assert credited == {each.source: 1 for each in Payment.objects.all()}
    assert set(
        LedgerEntry.objects.filter(kind="top_up").values_list(
            "amount_micros", flat=True
        )
    ) == {CENTS * CREDIT}
    for workspace in {each.workspace for each in Payment.objects.all()}:
        assert proof.of(wallet.open(workspace)).holds
    told = Event.objects.filter(type="billing.topup_confirmed")
    assert told.count() == Invoice.objects.count() == Payment.objects.count()
    numbers = sorted(int(each[-4:]) for each in Invoice.objects.values_list("number", flat=True))  # fmt: skip
    assert numbers == list(range(1, len(numbers) + 1))
    assert not ProcessorEvent.objects.exclude(state="done").exists()
    FIGURES.append(
        f"payments on {connection.vendor}: {KILLS} kills, {len(credited)} payments,"
        f" {replayed} events told again in any order, {len(numbers)} credited once,"
        " 0 twice, 0 lost, ledger proof 0"
    )


def replay(scene, stripe_tells):
    """Tell everything again, shuffled, while the landing pages are asked, too."""
    jobs = [("tell", event) for event in scene.stripe.events for _ in range(TWICE)]
    jobs += [("land", payment) for payment in Payment.objects.filter(kind="top_up")]
    scene.luck.shuffle(jobs)
    for kind, what in jobs:
        if kind == "tell":
            assert stripe_tells(what).status_code == 200
        else:
            payments.reconcile(what.pk)
        if scene.luck.random() < 0.2:
            tasks.apply_events()  # a worker comes by
    return len(scene.stripe.events) * TWICE


def sweep(time_machine):
    """Do what beat does, until everybody's lease is over."""
    began = clock.now()
    for minutes in (0, 5, 30, 120):
        time_machine.move_to(began + timedelta(minutes=minutes))
        tasks.apply_events()
        tasks.look_after_payments()
    assert recharging.due(now=clock.now()) == []
