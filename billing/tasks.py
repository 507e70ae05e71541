"""Sweeps over money, and the nudges that make them prompt."""

from uuid import UUID

import structlog
from celery import shared_task

from billing import (
    alerts,
    claims,
    notices,
    payments,
    processor_events,
    proof,
    recharging,
    wallet,
)
from billing.models import Notice, Payment, ProcessorEvent, Wallet
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
        found = proof.note(purse, now=clock.now())
        if not found.holds:
            log.error(
                "wallet_does_not_add_up",
                workspace=str(purse.workspace_id),
                balance=found.balance,
                entries_sum=found.entries_sum,
                held=found.held,
                holds_sum=found.holds_sum,
                broken_links=found.broken_links,
            )


@shared_task(name="billing.apply_event")
def apply_event(*, event_id: str) -> None:
    """Work through one event of the payment company."""
    processor_events.apply(event_id, now=clock.now())


@shared_task(name="billing.apply_events")
def apply_events() -> None:
    """Work through events that are due."""
    for event_id in claims.due(ProcessorEvent, now=clock.now()):
        processor_events.apply(event_id, now=clock.now())


@shared_task(name="billing.look_after_payments")
def look_after_payments() -> None:
    """See what became of payments of which nothing was heard."""
    for payment_id in claims.due(Payment, now=clock.now()):
        kind = Payment.objects.values_list("kind", flat=True).get(pk=payment_id)
        is_ours = kind == Payment.Kind.AUTO_RECHARGE
        look = recharging.charge if is_ours else payments.look_after
        look(payment_id, now=clock.now())


@shared_task(name="billing.recharge")
def recharge() -> None:
    """Charge saved cards where the balance has fallen below the threshold."""
    for workspace_id in recharging.due(now=clock.now()):
        recharging.begin(workspace_id, now=clock.now())


@shared_task(name="billing.send_notice")
def send_notice(*, notice_id: str) -> None:
    """Send one letter about money."""
    notices.send(UUID(notice_id), now=clock.now())


@shared_task(name="billing.send_notices")
def send_notices() -> None:
    """Send letters that are due."""
    for notice_id in claims.due(Notice, now=clock.now()):
        notices.send(notice_id, now=clock.now())


@shared_task(name="billing.check_alerts")
def check_alerts() -> None:
    """Look whether somebody wants to be told about their money."""
    for workspace_id in alerts.due():
        alerts.check(workspace_id, now=clock.now())
