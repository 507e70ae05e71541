"""Sweeps over calls and their lines."""

from uuid import UUID

import structlog
from celery import shared_task

from accounts.models import Workspace
from common import clock
from telephony import call_backs, dialing, fanouts, legs, numbers, reaper

log = structlog.get_logger()


@shared_task(name="telephony.reap_calls")
def reap_calls() -> None:
    """End calls whose process died."""
    reaper.reap(now=clock.now())


@shared_task(name="telephony.bind_numbers")
def bind_numbers(*, workspace_id: str) -> None:
    """Send a workspace's numbers to us: its carrier has changed."""
    numbers.bind_all(Workspace.objects.get(pk=workspace_id))


@shared_task(name="telephony.bind_left_over")
def bind_left_over() -> None:
    """Bind numbers whose change of carriers no worker heard of."""
    numbers.bind_left_over(now=clock.now())


@shared_task(name="telephony.keep_call_backs")
def keep_call_backs() -> None:
    """Place calls that agents promised."""
    call_backs.keep(now=clock.now())


@shared_task(name="telephony.dial")
def dial(*, leg_id: str) -> None:
    """Dial a line, if nobody has."""
    dialing.dial(UUID(leg_id), now=clock.now())


@shared_task(name="telephony.hang_up")
def hang_up(*, leg_id: str) -> None:
    """End a line whose call is over."""
    legs.reconcile(UUID(leg_id), now=clock.now())


@shared_task(name="telephony.sweep_legs")
def sweep_legs() -> None:
    """Look after lines that did not come to an end by themselves."""
    for leg_id in legs.due(clock.now()):
        try:
            dialing.look_after(leg_id, now=clock.now())
        except Exception:  # one line's trouble must not keep the others waiting
            log.exception("leg_not_reconciled", leg=str(leg_id))


@shared_task(name="telephony.advance_fanouts")
def advance_fanouts(*, workspace_id: str = "") -> None:
    """Call who is next in every queue that is due; all of a workspace's, if named."""
    for fanout_id in fanouts.due(clock.now(), workspace_id):
        try:
            fanouts.advance(fanout_id, now=clock.now())
        except Exception:  # one queue's trouble must not keep the others waiting
            log.exception("fanout_not_advanced", fanout=str(fanout_id))
