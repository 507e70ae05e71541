"""``kill -9`` at every marked point of a call's life: nothing is lost, charged once.

``common.crash`` has the marks. ``RYMI_KILLS`` says how often; the marks take turns, so
the six of CI are spread over the whole life. Calls of all kills wait for the sweep
together. ``RYMI_CALL_SILENT_S`` is the sweep's patience: 20 s here, the product's own 60 s
in ``make chaos``. ``RYMI_KILLED_AT=settle`` takes only marks that have the word in them.
"""

import asyncio
import contextlib
import os
import signal
import time
import wave
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection

from billing import proof, wallet
from common import clock
from telephony import calls
from telephony.models import Call, Recording
from tests import processes
from tests.chaos.figures import FIGURES
from tests.reception import CREDIT
from tests.telephony.caller import Caller

KILLS = int(os.environ.get("RYMI_KILLS", "6"))
SILENT_S = int(os.environ.get("RYMI_CALL_SILENT_S", "20"))
PATIENCE_S = 240  # a busy machine is no failure
CLOSED_WITHIN_S = SILENT_S + 30
WRITTEN_AFTER_S = 3.0  # what was said longer ago stands in the database

WHERE = os.environ.get("RYMI_KILLED_AT", "")

# Who dies, and where. A media process carries live calls; a sweeper ends lost ones.
ALL_PLACES = (
    ("media", "settle.after_capture"),
    ("sweeper", "settle.before_commit"),
    ("media", "mid_call"),
    ("media", "anywhere"),
    ("web", "after_admission"),
    ("media", "before_end"),
    ("media", "after_answer"),
    ("media", "after_beat"),
    ("media", "settle.before_capture"),
    ("media", "settle.before_commit"),
    ("media", "after_settle"),
    ("sweeper", "before_end"),
    ("sweeper", "settle.before_capture"),
    ("sweeper", "settle.after_capture"),
    ("sweeper", "after_settle"),
)
PLACES = [(who, mark) for who, mark in ALL_PLACES if WHERE in mark]

pytestmark = [
    pytest.mark.services,
    pytest.mark.models,
    pytest.mark.realtime,
    pytest.mark.long,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120 + KILLS * 60),
]


@dataclass
class Scene:
    """Everything that the test knows of the calls."""

    agent: object
    said: dict = field(default_factory=dict)  # call id → agent's lines that must stay
    deaths: dict = field(default_factory=dict)  # call id → when its process died
    kills: int = 0

    def start(self, mode):
        call, token = calls.start_test(agent=self.agent, by=None, mode=mode)
        self.said[call.id] = []
        return call.id, token

    def died(self, ids):
        self.kills += 1
        for call_id in ids:
            self.deaths.setdefault(call_id, clock.now())


@pytest.fixture
def scene(agent, purse):
    wallet.top_up(workspace=agent.workspace, amount_micros=10**6 * CREDIT, key="c")
    return Scene(agent)


def patience():
    return {"RYMI_CALL_SILENT_S": str(SILENT_S)}


def crashing(mark):
    return {"RYMI_CHAOS": "1", "RYMI_CRASH_AT": mark, **patience()}


def test_nothing_is_lost_and_everything_is_charged_once(scene):
    sweeper = processes.start("tests.chaos.sweeper", **patience())
    try:
        for number in range(KILLS):
            who, mark = PLACES[number % len(PLACES)]
            KILLERS[who](scene, mark)
        wait_until_closed()
    finally:
        processes.stop(sweeper)

    assert scene.kills == KILLS
    proven = prove(scene)

    FIGURES.append(
        f"chaos on {connection.vendor}: {scene.kills} kills, {proven['calls']} calls,"
        f" {proven['charged']} charged once, 0 twice, 0 held, ledger proof 0,"
        f" {proven['recordings']} recordings playable, {proven['lines']} lines kept,"
        f" closed at most {proven['latest']:.0f} s after the kill"
        f" (a call is given up after {SILENT_S} s of silence)"
    )


# ---- killing


def kill_admission(scene, mark):
    before = set(Call.objects.values_list("id", flat=True))
    process = processes.start(
        "tests.chaos.admit", str(scene.agent.pk), **crashing(mark)
    )
    assert process.wait(PATIENCE_S) == -signal.SIGKILL
    admitted = set(Call.objects.values_list("id", flat=True)) - before
    assert len(admitted) == 1
    scene.said.update({call_id: [] for call_id in admitted})
    scene.died(admitted)


def kill_media(scene, mark):
    """Let a process carry three calls and die at the mark, or in the middle of them."""
    port = processes.free_port()
    process = start_media(port, **({} if mark == "anywhere" else crashing(mark)))
    try:
        processes.wait_until_up(port, process)
        # Not earlier: a token lives for a minute, and a busy machine starts slowly.
        started = [scene.start(mode) for mode in ("voice", "text", "text")]
        died_at = asyncio.run(carry(scene, mark, port, process, started))
    finally:
        processes.stop(process)
    assert process.returncode == -signal.SIGKILL
    scene.died([call_id for call_id, _ in started])
    keep_what_was_written(scene, started, died_at)


def start_media(port, **env):
    return processes.start(
        "uvicorn", "rymi_site.asgi:media", "--host", "127.0.0.1", "--port", port,
        "--loop", "uvloop", "--http", "httptools", "--ws", "websockets-sansio",
        "--log-level", "critical", **env,
    )  # fmt: skip


async def carry(scene, mark, port, process, started):
    """Hold the calls until their process is dead; return when that was."""
    loop = asyncio.get_running_loop()
    talks = [talk(scene, port, *each) for each in started]
    running = asyncio.gather(*talks, return_exceptions=True)
    if mark == "anywhere" or "settle" in mark or mark == "before_end":
        await until(
            lambda: (
                process.poll() is not None
                or all(scene.said[each] for each, _ in started)
            ),
            PATIENCE_S,
        )
        await asyncio.sleep(2 + scene.kills % 3)
        if mark == "anywhere":
            os.kill(process.pid, signal.SIGKILL)
        else:
            await asyncio.to_thread(ask_to_end, started[scene.kills % 3][0])
    await until(lambda: process.poll() is not None, PATIENCE_S)
    died_at = loop.time()
    await asyncio.wait_for(running, 30)
    return died_at


def ask_to_end(call_id):
    try:
        Call.objects.filter(pk=call_id).update(end_requested_at=clock.now())
    finally:
        connection.close()


async def talk(scene, port, call_id, token):
    """Connect and talk on until the line is dead; note what the agent has said."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(Exception):  # the line may die at any point
        caller = await Caller.connect(port, token)
        told = 0
        while not caller._reading.done():
            spoke = caller.events("spoke")
            for event in spoke[told:]:
                scene.said[call_id].append((loop.time(), event["text"]))
            if len(spoke) > told:
                await asyncio.sleep(0.5)  # people do not answer at once
                await caller.say(type="text", text="When are you open?")
            told = len(spoke)
            await asyncio.sleep(0.05)
        caller._talking.cancel()


async def until(condition, seconds):
    async with asyncio.timeout(seconds):
        while not condition():  # processes have no event
            await asyncio.sleep(0.05)


def keep_what_was_written(scene, started, died_at):
    for call_id, _ in started:
        scene.said[call_id] = [
            text
            for at, text in scene.said[call_id]
            if text and at < died_at - WRITTEN_AFTER_S
        ]


def kill_sweeper(scene, mark):
    """Let a sweeper die while it ends a call that nobody carries."""
    call_id, _ = scene.start("text")
    long_ago = clock.now() - timedelta(seconds=SILENT_S + 5)
    Call.objects.filter(pk=call_id).update(
        status=Call.Status.IN_PROGRESS,
        started_at=long_ago - timedelta(seconds=40),
        heartbeat_at=clock.now() + timedelta(seconds=60),  # not for the healthy one yet
        duration_ms=40_000,
        exchanged_ms=40_000,
    )
    process = processes.start(
        "tests.chaos.late_sweeper", str(call_id), **crashing(mark)
    )
    assert process.wait(PATIENCE_S) == -signal.SIGKILL
    scene.died([call_id])
    Call.objects.filter(pk=call_id, settled_at=None).update(heartbeat_at=long_ago)


KILLERS = {"media": kill_media, "sweeper": kill_sweeper, "web": kill_admission}


# ---- proving


def wait_until_closed():
    deadline = time.monotonic() + CLOSED_WITHIN_S + 60
    while time.monotonic() < deadline:
        live = Call.objects.filter(status__in=Call.LIVE).exists()
        active = Recording.objects.filter(status=Recording.Status.ACTIVE).exists()
        if not live and not active:
            return
        time.sleep(0.5)
    raise AssertionError(
        f"still live: {list(Call.objects.filter(status__in=Call.LIVE))}"
    )


def prove(scene):
    found = {"calls": 0, "charged": 0, "recordings": 0, "lines": 0, "latest": 0.0}
    books = wallet.open(scene.agent.workspace)
    for call in Call.objects.all():
        found["calls"] += 1
        found["latest"] = max(found["latest"], seconds_until_closed(scene, call))
        entries = books.entries.filter(kind="call", source=f"call:{call.id}")
        charged = [-entry.amount_micros for entry in entries]
        assert call.settled_at
        assert charged == ([call.charge_micros] if call.charge_micros else [])
        found["charged"] += len(charged)
        found["recordings"] += prove_recording(call)
        found["lines"] += prove_transcript(call, scene.said[call.id])
    assert found["latest"] <= CLOSED_WITHIN_S
    assert found["charged"] > 0
    books.refresh_from_db()
    assert books.held_micros == 0
    assert proof.of(books).holds
    return found


def seconds_until_closed(scene, call) -> float:
    died: datetime = scene.deaths[call.id]
    return max(0.0, (call.ended_at - died).total_seconds())


def prove_recording(call):
    """Open it as a player does; there is none where the process died before it began."""
    recording = Recording.objects.filter(call=call).first()
    if recording is None or recording.status == Recording.Status.FAILED:
        assert call.channel == Call.Channel.TEXT or call.duration_ms < 3_000
        return 0
    with wave.open(str(settings.RECORDINGS_DIR / recording.path)) as file:
        length_ms = file.getnframes() * 1000 / file.getframerate()
        assert len(file.readframes(file.getnframes())) == file.getnframes() * 4
    assert recording.status == Recording.Status.COMPLETED
    assert recording.duration_ms == pytest.approx(length_ms, abs=2)
    return 1


def prove_transcript(call, said):
    """What was said a while before the kill is there, once, and in order."""
    kept = list(call.transcript_segments.order_by("sequence"))
    assert [segment.sequence for segment in kept] == list(range(len(kept)))
    lines = [segment.text for segment in kept if segment.speaker == "agent"]
    assert lines[: len(said)] == said, call.id
    return len(kept)
