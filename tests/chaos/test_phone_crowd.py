"""Twenty phone calls at once, whose process is killed or whose database goes away.

``RYMI_CROWD_KILLS`` and ``RYMI_CROWD_OUTAGES`` say how often. Without them nothing is
run: it is the business of ``make chaos-phone``.
"""

import asyncio
import os
import subprocess
import time
from pathlib import Path

import pytest
from django.db import connection

from tests import processes
from tests.chaos import crowd as crowds
from tests.chaos.crowd import OnThePhone, everybody
from tests.chaos.figures import FIGURES

KILLS = int(os.environ.get("RYMI_CROWD_KILLS", "0"))
OUTAGES = int(os.environ.get("RYMI_CROWD_OUTAGES", "0"))
AT_ONCE = int(os.environ.get("RYMI_CROWD", "20"))
SERVICES = os.environ.get("RYMI_SERVICES", "")
VANISH = 2  # of them hang up while nobody is there to hear it
AWAY_S = 10
BETWEEN_S = 5
BACK_S, SETTLED_S = 3.0, 90.0  # at most
PATIENCE_S = 240  # the figures tell how late it was

pytestmark = [
    pytest.mark.services,
    pytest.mark.realtime,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300 + KILLS * 240 + OUTAGES * 120),
]


@pytest.fixture
def crowd(published, owner, purse):
    with crowds.gathered(published, owner) as gathered:
        yield gathered


# ---- the process dies


@pytest.mark.skipif(not KILLS, reason="make chaos-phone")
def test_callers_are_back_with_the_agent_after_their_process_has_died(crowd):
    servers = [crowd.starts(), crowd.starts()]
    back, settled = [], []
    try:
        for _ in range(KILLS):
            here, there = servers
            died, gaps = asyncio.run(cut_off(crowd, here, there))
            back += gaps
            settled.append(crowds.wait_until_over(crowd, died, PATIENCE_S))
            servers = [there, crowd.starts()]
    finally:
        for server in servers:
            processes.stop(server.process)

    crowds.prove(crowd)
    back.sort()
    FIGURES.append(
        f"crowd on {connection.vendor}: {KILLS} kills under {AT_ONCE} calls, {len(back)}"
        f" callers back with the agent after {back[len(back) // 2]:.1f} s in the median"
        f" and {back[-1]:.1f} s at most, {KILLS * VANISH} who had gone settled after"
        f" at most {max(settled):.0f} s, each charged once"
    )
    assert back[-1] <= BACK_S
    assert max(settled) <= SETTLED_S


async def cut_off(crowd, here, there):
    callers = [OnThePhone(crowd) for _ in range(AT_ONCE)]
    await everybody(callers, lambda caller: caller.ring(here))
    await everybody(callers, OnThePhone.talk_once)
    await asyncio.to_thread(here.kill)
    died = time.monotonic()
    for caller in callers[:VANISH]:
        caller.vanish()
    staying = callers[VANISH:]
    back = await everybody(staying, lambda caller: caller.come_back(there, died))
    await everybody(staying, OnThePhone.talk_once)
    await everybody(staying, OnThePhone.hang_up)
    return died, back


# ---- the database or the broker goes away


@pytest.mark.skipif(not OUTAGES, reason="make chaos-phone")
@pytest.mark.skipif(
    not SERVICES, reason="needs servers it may stop: tests/services/run"
)
def test_no_call_and_no_line_is_lost_while_a_service_is_away(crowd):
    server = crowd.starts()
    try:
        try:
            replies, meanwhile = asyncio.run(go_on_talking(crowd, server))
        finally:
            connection.close()  # ours was cut, too
        crowds.wait_until_over(crowd, time.monotonic(), PATIENCE_S)
    finally:
        processes.stop(server.process)

    crowds.prove(crowd)
    ends = set(crowd.records().values_list("end_reason", flat=True))
    assert ends == {"user_disconnect"}  # nobody was dropped
    lost, gaps = crowds.lost_lines(crowd)
    assert (lost, gaps) == ([], 0)
    FIGURES.append(
        f"crowd on {connection.vendor}: PostgreSQL and Redis stopped for {AWAY_S} s"
        f" {OUTAGES} times each under {AT_ONCE} calls, {len(crowd.calls)} calls in all,"
        f" {meanwhile} of which ended meanwhile: none dropped, {len(crowd.lines.said)}"
        f" lines said, {len(lost)} lost, {replies} replies heard"
    )


async def go_on_talking(crowd, server):
    """Let callers talk on through every outage, and some hang up in the midst of it."""
    over = asyncio.Event()
    staying = [OnThePhone(crowd) for _ in range(AT_ONCE)]
    await everybody(staying, lambda caller: caller.ring(server))
    talking = asyncio.gather(*(caller.talk_until(over) for caller in staying))
    leaving = []
    for service in ("postgres", "redis") * OUTAGES:
        visitor = OnThePhone(crowd)
        leaving.append(visitor)
        await visitor.ring(server)
        await visitor.talk_once()
        await outage(service, visitor.hang_up())
        assert not talking.done()  # nobody was cut off
        await asyncio.sleep(BETWEEN_S)
    over.set()
    await talking
    await everybody(staying, OnThePhone.hang_up)
    return sum(caller.replies for caller in [*staying, *leaving]), len(leaving)


async def outage(service, meanwhile):
    await asyncio.to_thread(control, service, "stop")
    began = time.monotonic()
    await asyncio.sleep(AWAY_S / 2)
    await meanwhile
    await asyncio.sleep(max(0, began + AWAY_S - time.monotonic()))
    await asyncio.to_thread(control, service, "start")


def control(service, word):
    subprocess.run([Path(SERVICES, service), word], check=True)
