"""The supervisor ends processes in an order that cuts no work off."""

import asyncio
import sys
from pathlib import Path

from rymi_site.supervisor import Child, Supervisor

PATIENT = """
import signal, sys, time
asked = []
def ask(*_):
    asked.append(1)
    print("asked", len(asked), flush=True)
    if len(asked) > 1 or sys.argv[1] == "quick":
        sys.exit(0)
signal.signal(signal.SIGTERM, ask)
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""


def child(name, manner, **how):
    return Child(name, [sys.executable, "-c", PATIENT, manner], **how)


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():  # another process's line
            await asyncio.sleep(0.02)


def test_what_drains_ends_first_and_at_once_when_asked_again():
    said = []

    async def story():
        supervisor = Supervisor(
            env={}, cwd=Path.cwd(), say=lambda *line: said.append(line)
        )
        await supervisor.add(child("media", "patient", drains=True, grace=60))
        await supervisor.add(child("web", "quick"))
        await until(lambda: said.count(("media", "ready")) and ("web", "ready") in said)
        running = asyncio.create_task(supervisor.run())
        supervisor.stop()
        await until(lambda: ("media", "asked 1") in said)
        await asyncio.sleep(0.2)
        web_waits = ("web", "asked 1") not in said
        supervisor.stop()
        await asyncio.wait_for(running, 20)
        return web_waits

    assert asyncio.run(story())
    assert said.index(("media", "asked 2")) < said.index(("web", "asked 1"))
