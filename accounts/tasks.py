"""Sweeps over accounts."""

from celery import shared_task

from accounts import idempotency
from common import clock


@shared_task(name="accounts.forget_idempotent_requests")
def forget_idempotent_requests() -> None:
    """Delete what may be asked anew."""
    idempotency.forget(now=clock.now())
