from datetime import timedelta

from billing import proof, wallet
from billing.models import LedgerEntry
from common import clock
from tests.reception import CREDIT


def test_it_finds_a_balance_that_was_typed_over(workspace, purse):
    wallet.hold(
        workspace=workspace,
        source="call:1",
        amount_micros=4 * CREDIT,
        expires_at=clock.now() + timedelta(minutes=1),
    )
    assert proof.of(purse).holds

    purse.balance_micros = 1
    purse.save()

    assert not proof.of(purse).holds


def test_it_finds_a_broken_chain(workspace, purse):
    wallet.top_up(workspace=workspace, amount_micros=CREDIT, key="second")
    LedgerEntry.objects.filter(sequence=2).update(balance_after_micros=5)

    assert proof.of(purse).broken_links == 1
