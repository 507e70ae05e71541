"""Sweeps over accounts."""

from celery import shared_task

from accounts import components, idempotency
from common import clock


@shared_task(name="accounts.forget_idempotent_requests")
def forget_idempotent_requests() -> None:
    """Delete what may be asked anew."""
    idempotency.forget(now=clock.now())


@shared_task(name="accounts.look_at_components")
def look_at_components() -> None:
    """Look how the system's parts are."""
    components.look_at_all(now=clock.now())
