"""The database goes away under a worker and its courier, and comes back.

``RYMI_OUTAGE_S`` says for how long. Without it nothing is run: it is the business of
``make chaos-webhooks``.
"""

import os
import subprocess
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests import factories, processes
from webhooks import outbox
from webhooks.models import Delivery

SERVICES = os.environ.get("RYMI_SERVICES", "")
AWAY_S = int(os.environ.get("RYMI_OUTAGE_S", "0"))
BACK_WITHIN_S = 12  # a sweep's 5 s, a round that failed, and a busy machine

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(200 + AWAY_S),
    pytest.mark.skipif(not AWAY_S, reason="make chaos-webhooks"),
    pytest.mark.skipif(
        not SERVICES or connection.vendor == "sqlite" or not settings.REDIS_URL,
        reason="needs servers it may stop: tests/services/run",
    ),
]


@pytest.fixture
def worker():
    process = processes.start(
        "celery", "-A", "rymi_site", "--quiet", "worker", "--beat",
        "--concurrency", 2, "--loglevel", "CRITICAL", "--without-gossip", "--without-mingle",
        "--schedule", settings.VAR_DIR / f"beat-{processes.free_port()}",
        DJANGO_SETTINGS_MODULE="tests.chaos.settings", OUTBOUND_ALLOW="127.0.0.0/8",
    )  # fmt: skip
    yield process
    processes.stop(process)


def test_a_courier_is_back_soon_after_the_database(
    worker, receiver, monkeypatch, capsys
):
    # A nudge would be worked off in this process; the worker's sweep has to do.
    monkeypatch.setattr(outbox, "later", lambda name: None)
    endpoint = factories.EndpointFactory(url=f"{receiver.url}/rymi", events=["*"])
    post(endpoint.workspace, 1)
    wait_for(lambda: receiver.letters, 60)  # it has connected

    control("stop")
    time.sleep(AWAY_S)
    control("start")
    connection.close()  # ours was cut, too
    began = time.monotonic()
    post(endpoint.workspace, 2)
    wait_for(lambda: len(receiver.letters) == 2, 60)

    took = time.monotonic() - began
    with capsys.disabled():
        print(  # noqa: T201  # the record of the run
            f"\nwebhooks: PostgreSQL away for {AWAY_S} s, a letter {took:.1f} s after"
        )
    assert took < BACK_WITHIN_S
    wait_for(lambda: not Delivery.objects.exclude(state="delivered").exists(), 10)
    assert worker.poll() is None


def post(workspace, number):
    outbox.post(
        workspace=workspace,
        event="call.completed",
        data={"call_id": number},
        key=f"call.completed:{number}",
    )


def control(word):
    subprocess.run([Path(SERVICES, "postgres"), word], check=True)


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "took too long"
        time.sleep(0.05)
