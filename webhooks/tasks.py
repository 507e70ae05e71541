"""Nudges and sweeps."""

from typing import Any
from uuid import UUID

from celery import current_app, shared_task, signals

from common import clock
from webhooks import alerts, courier, news, retention


@shared_task(name="webhooks.deliver_due")
def deliver_due() -> None:
    """Have what is due sent: by this worker's courier, or at once without a worker."""
    if current_app.conf.task_always_eager:
        courier.Courier().drain()
    else:
        courier.wake()


@shared_task(name="webhooks.send_alerts")
def send_alerts() -> None:
    """Send the mails that are due."""
    alerts.send_due(now=clock.now())


@shared_task(name="webhooks.purge")
def purge() -> None:
    """Forget what is older than it may be."""
    retention.purge(now=clock.now())


@shared_task(name="webhooks.post_welcome")
def post_welcome(*, workspace_id: str) -> None:
    """Tell that a workspace was founded."""
    news.welcome(UUID(workspace_id))


@shared_task(name="webhooks.post_key_created")
def post_key_created(*, key_id: str) -> None:
    """Tell that a key was made."""
    news.key_created(UUID(key_id))


@shared_task(name="webhooks.post_key_revoked")
def post_key_revoked(*, key_id: str) -> None:
    """Tell that a key was shut out."""
    news.key_revoked(UUID(key_id))


@shared_task(name="webhooks.catch_up")
def catch_up() -> None:
    """Tell what a lost nudge left out."""
    news.catch_up(now=clock.now())


@signals.worker_process_shutdown.connect
def _stop(**_: Any) -> None:
    courier.stop()
