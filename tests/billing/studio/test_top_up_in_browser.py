"""A person tops up on the payment company's page; pictures of every state."""

from datetime import timedelta

import pytest

from billing import payments, wallet
from billing.models import AutoRecharge, DailySpend, Spend
from common import clock
from tests.browser import accessible, picture

CREDIT = 1_000_000

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at_stripe(stripe, live_server, settings):
    settings.PUBLIC_BASE_URL = live_server.url
    stripe.webhook_url = f"{live_server.url}/callbacks/stripe/"
    return stripe


@pytest.fixture
def used(workspace):
    """A month of calls of four agents."""
    wallet.top_up(workspace=workspace, amount_micros=5000 * CREDIT, key="start")
    today = clock.now().date()
    names = ("Parcelway delivery desk", "Brightwater reception", "Hotel Miramar", "Ada")
    for agent, name in enumerate(names):
        wallet.capture(
            workspace=workspace,
            source=f"call:{agent}",
            amount_micros=(40 - 9 * agent) * CREDIT,
            billed_ms=600_000,
            subject=f"agent:{agent}",
            label=name,
            note=f"{name}: 10 min",
        )
        for back in range(1, 30):
            Spend.objects.create(
                wallet_id=workspace.pk,
                workspace=workspace,
                day=today - timedelta(days=back),
                subject=f"agent:{agent}",
                label=name,
                spent_micros=(back * 7 % 23 + 5 * agent) * CREDIT,
                billed_ms=300_000,
                calls=3,
            )
    for back in range(1, 9):
        DailySpend.objects.create(
            wallet_id=workspace.pk,
            day=today - timedelta(days=back),
            spent_micros=90 * CREDIT,
            billed_ms=1_200_000,
            entries=9,
        )
    return workspace


def test_tops_up_on_the_hosted_page(signed_in, at_stripe, workspace):
    signed_in.goto("/settings/billing/")
    signed_in.get_by_role("button", name="Top up").first.click()
    dialog = signed_in.locator("#dialog")
    dialog.get_by_text("$25", exact=True).click()
    dialog.get_by_role("button", name="Go to Stripe").click()
    signed_in.get_by_label("Card number").wait_for()

    signed_in.get_by_role("button", name="Pay", exact=True).click()

    signed_in.get_by_text("2,500 credits were added").wait_for()
    signed_in.get_by_text("Visa ending 4242").first.wait_for()
    tops = wallet.open(workspace).entries.filter(kind="top_up")
    assert [entry.amount_micros for entry in tops] == [2500 * CREDIT]
    assert workspace.invoices.count() == 1
    picture(signed_in, "billing-after-top-up")


def test_the_page_in_its_states(signed_in, at_stripe, start, used):
    payment = start(50, keeps_card=True)
    at_stripe.complete(payment.session_id)
    payments.reconcile(payment.id)
    signed_in.goto("/settings/billing/")

    accessible(signed_in)
    picture(signed_in, "billing")
    signed_in.get_by_role("button", name="Top up").first.click()
    signed_in.get_by_text("Top up minutes").wait_for()
    accessible(signed_in, within="#dialog")
    picture(signed_in, "billing-top-up")
    signed_in.keyboard.press("Escape")
    signed_in.get_by_role("link", name="RY-").first.click()
    signed_in.get_by_text("What these credits paid for").wait_for()
    picture(signed_in, "billing-invoice")
    signed_in.keyboard.press("Escape")
    signed_in.get_by_label("Mail me when a month’s spend passes").fill("50, 150")
    signed_in.get_by_role("button", name="Save").first.click()
    signed_in.get_by_text("Saved", exact=True).wait_for()
    signed_in.goto("/settings/billing/ledger/")
    accessible(signed_in)
    picture(signed_in, "billing-ledger")


def test_the_page_when_things_go_wrong(signed_in, settings, workspace, owner):
    settings.STRIPE_SECRET_KEY = ""
    wallet.adjust(
        workspace=workspace, amount_micros=-CREDIT, key="x", reason="Test", by=owner
    )
    AutoRecharge.objects.create(
        workspace=workspace, failures=4, last_error="insufficient funds"
    )

    signed_in.goto("/settings/billing/")

    signed_in.get_by_text("The balance is used up").wait_for()
    accessible(signed_in)
    picture(signed_in, "billing-troubles")
