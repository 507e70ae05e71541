"""Nudges and sweeps."""

from celery import shared_task


@shared_task(name="webhooks.deliver_due")
def deliver_due() -> None:
    """Send what is due."""
