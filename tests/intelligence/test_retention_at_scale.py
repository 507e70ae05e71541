"""R25: calls of all ages, mixed policies, holds, and purges that are killed.

A thousand calls here; ten thousand with ``make chaos-retention``.
"""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from django.conf import settings

from billing import proof, wallet
from billing.models import LedgerEntry
from common import clock
from intelligence import retention
from tests import processes
from tests.intelligence import archive

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
CALLS = int(os.environ.get("RETENTION_CALLS", "1000"))
KILLS = (
    "retention.recording.before_commit",
    "retention.transcript.before_commit",
    "retention.webhook.before_commit",
    "retention.call.before_commit",
)


@pytest.fixture
def old():
    yield archive.build(CALLS, clock.now())
    shutil.rmtree(Path(settings.RECORDINGS_DIR) / "archive", ignore_errors=True)


def killed_at(place):
    process = processes.start(
        "tests.intelligence.purger", RYMI_CHAOS="1", RYMI_CRASH_AT=place
    )
    try:
        return process.wait(110)
    finally:
        processes.stop(process)


@pytest.mark.timeout(600)
def test_what_is_due_goes_and_nothing_else_however_often_it_is_killed(old, capsys):
    for workspace in old.workspaces:
        wallet.top_up(workspace=workspace, amount_micros=1, key="t", note="")
    booked = LedgerEntry.objects.count()
    began = time.monotonic()

    ended = [killed_at(place) for place in KILLS]
    last_began = time.monotonic()
    gone = retention.purge_all(now=clock.now())
    last_took = time.monotonic() - last_began

    took = time.monotonic() - began
    assert ended == [-signal.SIGKILL] * len(KILLS)
    left = archive.left()
    assert {name: len(left[name] - old.kept[name]) for name in left} == dict.fromkeys(
        left, 0
    ), "past due and still there"
    assert {name: len(old.kept[name] - left[name]) for name in left} == dict.fromkeys(
        left, 0
    ), "wrongly taken away"
    assert retention.purge_all(now=clock.now()) == 0
    assert LedgerEntry.objects.count() == booked
    assert all(proof.of(wallet.open(each)).holds for each in old.workspaces)
    with capsys.disabled():
        parts = sum(len(old.had[name]) - len(left[name]) for name in left)
        print(  # noqa: T201  # the record of the run
            f"\nR25 retention: {CALLS:,} calls, {len(KILLS)} kills, {parts:,} parts gone,"
            f" last run {gone:,} rows in {last_took:.1f} s, 0 past due, 0 wrongly gone, {took:.1f} s in all"
        )
