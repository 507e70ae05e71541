"""Sweeps over money."""

import structlog
from celery import shared_task

from billing import wallet
from billing.models import Wallet
from common import clock

log = structlog.get_logger()


@shared_task(name="billing.release_expired_holds")
def release_expired_holds() -> None:
    """Give back what dead calls held."""
    wallet.release_expired(now=clock.now())


@shared_task(name="billing.prove_wallets")
def prove_wallets() -> None:
    """Prove every wallet, and cry where one does not add up."""
    for purse in Wallet.objects.iterator():
        proof = wallet.prove_and_note(purse, now=clock.now())
        if not proof.holds:
            log.error(
                "wallet_does_not_add_up",
                workspace=str(purse.workspace_id),
                balance=proof.balance,
                entries_sum=proof.entries_sum,
                held=proof.held,
                holds_sum=proof.holds_sum,
                broken_links=proof.broken_links,
            )
