"""Keeps a step one's own while a model thinks: a short lease, renewed.

A worker that is killed renews nothing, so its step is free again within ``LEASE``.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from django.db import DatabaseError, connection
from django.db.models import QuerySet

from common import clock
from intelligence.models import AnalysisStep

LEASE = timedelta(seconds=45)
RENEW_S = 15.0

log = structlog.get_logger()


@contextmanager
def kept(step: AnalysisStep) -> Iterator[None]:
    """Renew the lease of a running step until the block is left."""
    over = threading.Event()
    thread = threading.Thread(target=_renew, args=(step, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(RENEW_S)


def _renew(step: AnalysisStep, over: threading.Event) -> None:
    try:
        while not over.wait(RENEW_S):
            try:
                held(step).update(lease_until=clock.now() + LEASE)
            except DatabaseError:  # the next round may do; two workers do no harm
                log.warning("lease_not_renewed", step=str(step.pk))
    finally:
        connection.close()


def held(step: AnalysisStep) -> QuerySet[AnalysisStep]:
    """Return the step's row as long as it is still this worker's."""
    return AnalysisStep.objects.filter(
        pk=step.pk, state=AnalysisStep.State.RUNNING, attempts=step.attempts
    )
