"""What ``make run`` watches is started again, and ended with everything it began."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from rymi_site.supervisor import Child, Supervisor
from tests.providers.waiting import eventually

pytestmark = pytest.mark.services

PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""
SLOW_TO_GO = """
import signal, sys, time
def go(*_):
    print("told", flush=True)
    time.sleep(float(sys.argv[1]))
    print("gone", flush=True)
    raise SystemExit
signal.signal(signal.SIGTERM, go)
print("here", flush=True)
time.sleep(600)
"""


def lives(pid):
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


class Stage:
    """A supervisor whose lines are kept."""

    def __init__(self):
        self.said = []
        self.supervisor = Supervisor(
            env=dict(os.environ),
            cwd=Path.cwd(),
            say=lambda name, line: self.said.append((name, line)),
        )

    def of(self, name):
        return [line for who, line in self.said if who == name]

    async def end(self, running):
        self.supervisor.stop()
        await asyncio.wait_for(running, 60)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_a_killed_child_is_started_again_though_its_own_children_live_on():
    stage = Stage()
    running = asyncio.create_task(stage.supervisor.run())
    await stage.supervisor.add(Child("worker", [sys.executable, "-c", PARENT]))
    await eventually(lambda: stage.of("worker"), 60)
    first, grandchild = map(int, stage.of("worker")[0].split())

    os.kill(first, signal.SIGKILL)
    await eventually(lambda: len(stage.of("worker")) == 2, 60)

    assert stage.of("rymi") == ["worker ended with code -9; starting it again in 1 s"]
    assert not lives(grandchild)
    second, other = map(int, stage.of("worker")[1].split())
    await stage.end(running)
    await eventually(lambda: not lives(second) and not lives(other), 10)


async def test_a_child_that_dies_at_once_is_started_less_and_less_often():
    stage = Stage()
    running = asyncio.create_task(stage.supervisor.run())
    await stage.supervisor.add(Child("web", [sys.executable, "-c", "exit(3)"]))
    await eventually(lambda: len(stage.of("rymi")) == 3, 60)
    await stage.end(running)

    assert stage.of("rymi")[:3] == [
        f"web ended with code 3; starting it again in {seconds} s"
        for seconds in (1, 2, 4)
    ]


async def test_a_child_that_does_not_listen_is_ended_all_the_same():
    stage = Stage()
    running = asyncio.create_task(stage.supervisor.run())
    child = Child("media", [sys.executable, "-c", STUBBORN], grace=0.5)
    await stage.supervisor.add(child)
    await eventually(lambda: stage.of("media"), 60)

    await stage.end(running)

    assert child.process.returncode == -signal.SIGKILL


async def test_what_the_others_need_goes_after_them_and_they_go_together():
    stage = Stage()
    running = asyncio.create_task(stage.supervisor.run())
    for name, seconds in (("queue", 0), ("web", 2), ("worker", 2)):
        argv = [sys.executable, "-c", SLOW_TO_GO, str(seconds)]
        await stage.supervisor.add(Child(name, argv, serves=name == "queue"))
    await eventually(lambda: len(stage.said) == 3, 60)

    await stage.end(running)

    ends = [who for who, line in stage.said if line in ("told", "gone")]
    assert sorted(ends[:2]) == sorted(ends[2:4]) == ["web", "worker"]
    assert ends[4:] == ["queue", "queue"]
