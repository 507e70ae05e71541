"""Sweeps over calls."""

from celery import shared_task

from common import clock
from telephony import reaper


@shared_task(name="telephony.reap_calls")
def reap_calls() -> None:
    """End calls whose process died."""
    reaper.reap(now=clock.now())
