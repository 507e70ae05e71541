"""Work of the agents app that is done later, by name."""

from celery import shared_task

from agents import key_alerts
from agents.knowledge import ingestion
from common import clock


@shared_task(name="agents.read_knowledge")
def read_knowledge(*, source_id: str) -> None:
    """Read one knowledge source, if it is due."""
    ingestion.read(source_id, now=clock.now())


@shared_task(name="agents.sweep_knowledge")
def sweep_knowledge() -> None:
    """Ask for every knowledge source that is due."""
    ingestion.sweep(now=clock.now())


@shared_task(name="agents.send_key_alerts")
def send_key_alerts() -> None:
    """Tell customers of keys that were refused in calls."""
    key_alerts.send_due(now=clock.now())
