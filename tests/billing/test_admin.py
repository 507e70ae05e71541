"""What staff do about money, with a reason."""

import pytest

from billing import payments, wallet
from billing.models import LedgerEntry
from tests import factories

CREDIT = 1_000_000

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(factories.UserFactory(is_staff=True, is_superuser=True))
    return client


def test_staff_give_money_back(desk, start, stripe, workspace):
    payment = start(50)
    stripe.complete(payment.session_id)
    payments.reconcile(payment.id)
    url = f"/admin/billing/payment/{payment.id}/refund/"
    once = desk.get(url).context["form"]["once"].value()
    asked = {"usd": "20", "reason": "Bad line", "once": str(once)}

    for _ in range(2):  # a double click
        desk.post(url, asked)

    taken = LedgerEntry.objects.filter(kind="refund")
    assert [entry.amount_micros for entry in taken] == [-2000 * CREDIT]
    assert stripe.charged == 30_00


def test_the_proof_shows_with_its_time(desk, workspace):
    wallet.top_up(workspace=workspace, amount_micros=CREDIT, key="x")
    url = f"/admin/billing/wallet/{workspace.pk}/prove-now/"

    page = desk.post(url, {"reason": "Asked to"}, follow=True).text

    assert "it adds up" in page
    purse = wallet.open(workspace)
    assert purse.proved_at
    assert not purse.proof_failed


def test_a_wallet_that_does_not_add_up_is_noted(workspace):
    from billing.tasks import prove_wallets

    wallet.top_up(workspace=workspace, amount_micros=CREDIT, key="x")
    wallet.Wallet.objects.update(balance_micros=5)

    prove_wallets()

    assert wallet.open(workspace).proof_failed
