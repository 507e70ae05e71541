"""Couriers are killed while they deliver: nothing is lost, little comes twice (R1)."""

import os
import random
import signal
import time

import pytest
from django.db import connection

from common import ids
from tests import factories, processes
from webhooks import outbox
from webhooks.models import Delivery

EVENTS = int(os.environ.get("CHAOS_EVENTS", "200"))
KILLS = int(os.environ.get("CHAOS_KILLS", "6"))
EVERY_S = 0.04  # an event
PATIENCE_S = 500


class Worker:
    """A courier that can be killed and is replaced then."""

    def __init__(self, folder):
        self.up = folder / f"{ids.new()}.up"
        self.process = processes.start(
            "tests.webhooks.courier_process",
            OUTBOUND_ALLOW="127.0.0.0/8",
            COURIER_IS_UP=str(self.up),
        )

    def is_up(self):
        assert self.process.poll() is None, "a courier died by itself"
        return self.up.exists()

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def post(workspace, number):
    outbox.post(
        workspace=workspace,
        event="call.completed",
        data={"call_id": number},
        key=f"call.completed:{number}",
    )


@pytest.mark.services
@pytest.mark.timeout(600)
@pytest.mark.django_db(transaction=True)
def test_kill_9_loses_nothing(receiver, monkeypatch, tmp_path, capsys):
    # Nudges would be worked off in this process; the sweep alone has to do.
    monkeypatch.setattr(outbox, "later", lambda name: None)
    receiver.share_of_500 = 0.1
    endpoint = factories.EndpointFactory(url=f"{receiver.url}/rymi", events=["*"])
    monkey = random.Random(os.environ.get("CHAOS_SEED"))
    couriers = [Worker(tmp_path), Worker(tmp_path)]
    each = EVENTS // KILLS
    kill_at = sorted(i * each + monkey.randrange(each) for i in range(KILLS))
    began, killed = time.monotonic(), 0

    try:
        for number in range(EVENTS):
            post(endpoint.workspace, number)
            time.sleep(EVERY_S)
            if kill_at and number >= kill_at[0]:
                wait_for(lambda: all(courier.is_up() for courier in couriers))
                time.sleep(monkey.random() * EVERY_S)
                victim = monkey.randrange(2)
                couriers[victim].kill()
                couriers[victim] = Worker(tmp_path)
                killed += 1
                kill_at.pop(0)
        wait_for(lambda: not Delivery.objects.filter(state__in=Delivery.OPEN).exists())
    finally:
        for courier in couriers:
            processes.stop(courier.process)

    taken = receiver.taken()
    made = {str(each) for each in Delivery.objects.values_list("pk", flat=True)}
    lost = len(made - taken.keys()) + EVENTS - len(made)
    twice = sum(count - 1 for count in taken.values())
    with capsys.disabled():
        print(  # noqa: T201  # the record of the run
            f"\nchaos-webhooks {connection.vendor}: events={EVENTS} kills={killed}"
            f" tries={len(receiver.letters)} lost={lost} twice={twice}"
            f" seconds={time.monotonic() - began:.0f}"
        )
    assert killed == KILLS
    assert lost == 0
    # Counted by id: what came twice came with the id that it had.
    assert twice <= killed
    assert taken.keys() == made
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "took too long"
        time.sleep(0.02)
