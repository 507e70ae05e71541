"""Work after calls."""

from uuid import UUID

from celery import shared_task

from common import clock
from intelligence import pipeline, retention, rollups
from intelligence.evals import runs


@shared_task(name="intelligence.begin")
def begin(*, call_id: str) -> None:
    """Plan what is worked out of a call that ended."""
    pipeline.begin(UUID(call_id), now=clock.now())


@shared_task(name="intelligence.advance")
def advance(*, call_id: str) -> None:
    """Do the call's steps, one after the other, as far as they are due."""
    while pipeline.advance(UUID(call_id), now=clock.now()):
        pass


@shared_task(name="intelligence.sweep")
def sweep() -> None:
    """Take up what no nudge has reached."""
    pipeline.sweep(now=clock.now())
    runs.sweep(now=clock.now())


@shared_task(name="intelligence.purge")
def purge() -> None:
    """Take away what is past its time."""
    retention.purge_all(now=clock.now())


@shared_task(name="intelligence.play")
def play(*, run_id: str) -> None:
    """Play a run of evals, a scenario after the other."""
    while runs.play(UUID(run_id), now=clock.now()):
        pass


@shared_task(name="intelligence.add_up_days")
def add_up_days() -> None:
    """Add up the days that are over."""
    rollups.advance_all(today=clock.now().date())
