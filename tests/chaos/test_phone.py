"""``kill -9`` at the marked points of telephone calls, on Twilio's double: nobody is called
twice, nobody is charged twice, and every call comes to its one right end.

``RYMI_PHONE_KILLS`` says how often; the marks take turns. Without it nothing is run: it
is the business of ``make chaos-phone``.
"""

import asyncio
import contextlib
import logging
import os
import signal
import time
from dataclasses import dataclass, field

import pytest
from django.db import connection

from billing import proof, wallet
from common import clock
from telephony import dialing, phone_calls
from telephony.models import Call, CarrierConnection, Leg, Number
from tests import processes, speech
from tests.chaos.figures import FIGURES
from tests.doubles.carriers import NUMBER
from tests.doubles.server import in_a_thread
from tests.doubles.twilio import ACCOUNT, Twilio
from tests.reception import CREDIT
from tests.telephony.phone import Phone
from tests.telephony.phone_server import BASE, UP_WITHIN_S, Server

KILLS = int(os.environ.get("RYMI_PHONE_KILLS", "0"))
SILENT_S = 40
BACK_S = 3.0  # until a caller whose process has died hears the agent
ENDED_WITHIN_S = 150  # a line of which nobody knows is looked for during 90 s
PATIENCE_S = 120  # with a process that loads its models on a busy machine
# Who dies, where, and what becomes of the call: Twilio tells of the line, or the caller
# is still there and is given back to the agent.
PLACES = (
    ("placing", "dial.posted"),
    ("outbound", "mid_call"),
    ("inbound", "settle.before_commit"),
    ("placing", "dial.claimed"),
    ("outbound", "settle.after_capture"),
    ("inbound", "after_answer"),
    ("placing", "after_admission"),
    ("inbound", "after_admission"),
    ("outbound", "after_answer"),
    ("inbound", "mid_call"),
    ("outbound", "before_end"),
    ("inbound", "settle.before_capture"),
    ("outbound", "after_settle"),
    ("inbound", "settle.after_capture"),
    ("outbound", "settle.before_commit"),
    ("inbound", "after_settle"),
)

pytestmark = [
    pytest.mark.skipif(not KILLS, reason="make chaos-phone"),
    pytest.mark.services,
    pytest.mark.models,
    pytest.mark.realtime,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600 + KILLS * 120),
]
log = logging.getLogger(__name__)


@dataclass
class Scene:
    """Everything the test knows of the calls."""

    agent: object
    twilio: Twilio
    healthy: Server
    kills: int = 0
    resumed: list = field(default_factory=list)  # s until the agent was back
    wanted: dict = field(default_factory=dict)  # number → how its call must end
    urls: dict = field(default_factory=dict)

    def next_number(self):
        return f"+4477009{len(self.wanted):05}"


class Doomed(Server):
    """A media process that dies at a mark."""

    def __init__(self, mark, urls):
        self.port = processes.free_port()
        self.process = processes.start(
            "uvicorn", "rymi_site.asgi:media", "--host", "127.0.0.1",
            "--port", self.port, "--loop", "uvloop", "--http", "httptools",
            "--ws", "websockets-sansio", "--log-level", "critical",
            PUBLIC_BASE_URL=BASE, MEDIA_BASE_URL=BASE, RYMI_PRODUCTION="0",
            RYMI_BEHIND_PROXY="1", DOUBLE_OF_TWILIO=urls["twilio"], **crashing(mark),
        )  # fmt: skip
        processes.wait_until_up(self.port, self.process, UP_WITHIN_S)

    def has_died(self):
        return self.process.poll() is not None


def crashing(mark):
    return {"RYMI_CHAOS": "1", "RYMI_CRASH_AT": mark} if mark else {}


@pytest.fixture
def scene(published, purse, settings):
    wallet.top_up(workspace=published.workspace, amount_micros=10**6 * CREDIT, key="c")
    settings.PUBLIC_BASE_URL = settings.MEDIA_BASE_URL = BASE
    carrier = CarrierConnection.objects.create(
        workspace=published.workspace, provider="twilio", account_ref=ACCOUNT,
        credentials=Twilio().credentials, masked="AC···",
    )  # fmt: skip
    Number.objects.create(
        workspace=published.workspace,
        number=NUMBER,
        agent=published,
        provider=carrier.provider,
    )
    with in_a_thread(Twilio()) as twilio:
        urls = {"twilio": twilio.url}
        settings.PROVIDER_BASE_URLS = urls
        healthy = Doomed("", urls)
        patience = {
            "RYMI_CALL_SILENT_S": str(SILENT_S),
            "PUBLIC_BASE_URL": BASE,
            "RYMI_PRODUCTION": "0",
        }
        sweeper = processes.start(
            "tests.chaos.line_sweeper", DOUBLE_OF_TWILIO=urls["twilio"], **patience
        )
        try:
            yield Scene(published, twilio, healthy, urls=urls)
        finally:
            processes.stop(sweeper)
            processes.stop(healthy.process)
        assert twilio.complaints == []


def test_nobody_is_called_or_charged_twice(scene):
    for number in range(KILLS):
        who, mark = PLACES[number % len(PLACES)]
        log.info("kill %s at %s", who, mark)
        KILLERS[who](scene, mark)
        turn_away(scene)
    wait_until_over(scene)
    assert scene.kills == KILLS

    found = prove(scene)

    back = f"{max(scene.resumed):.1f} s" if scene.resumed else "never needed"
    FIGURES.append(
        f"chaos-phone on {connection.vendor}: {scene.kills} kills, {found['calls']} calls,"
        f" {found['dialled']} dialled once, 0 twice, {found['charged']} charged once,"
        f" 0 twice, 0 held, ledger proof 0; the agent was back after at most {back}"
    )
    assert max(scene.resumed, default=0) <= BACK_S


# ---- killing


def kill_placing(scene, mark):
    """Die between the order and the carrier's answer; then the line is busy."""
    number = scene.next_number()
    # Nobody knows whether a line that was claimed was asked for: it is never asked again.
    scene.wanted[number] = "failed" if mark == "dial.claimed" else "busy"
    process = processes.start(
        "tests.chaos.place", str(scene.agent.pk), number,
        PUBLIC_BASE_URL=BASE, RYMI_PRODUCTION="0",
        DOUBLE_OF_TWILIO=scene.urls["twilio"], **crashing(mark),
    )  # fmt: skip
    assert process.wait(4 * PATIENCE_S) == -signal.SIGKILL
    scene.kills += 1


def kill_outbound(scene, mark):
    number = scene.next_number()
    scene.wanted[number] = "completed"

    def answer():
        _, leg = phone_calls.place(phone_calls.Wanted(scene.agent, number))
        dialing.dial(leg.id, now=clock.now())
        leg = once_dialled(leg)  # the sweeper may have been quicker
        line = scene.twilio.lines[leg.carrier_call_id]
        line.status = "in-progress"
        return line, scene.twilio.answered(line.fields["Url"], line.id)

    carry(scene, mark, answer)


def once_dialled(leg):
    deadline = time.monotonic() + 20
    while not leg.carrier_call_id:
        assert time.monotonic() < deadline, leg.state
        time.sleep(0.05)
        leg.refresh_from_db()
    return leg


def kill_inbound(scene, mark):
    number = scene.next_number()
    scene.wanted[number] = "completed"

    def ring():
        line = scene.twilio.called_by(number)
        return line, scene.twilio.ring(BASE, line.id, caller=number)

    carry(scene, mark, ring)


def carry(scene, mark, begin):
    """Let a process take a call and die of it; bring the caller back if they are there."""
    doomed = Doomed(mark, scene.urls)  # first: nobody waits for a process to start
    try:
        line, asked = begin()
        asyncio.run(
            asyncio.wait_for(talk(scene, mark, line, asked, doomed), 4 * PATIENCE_S)
        )
    finally:
        processes.stop(doomed.process)
    assert doomed.process.returncode == -signal.SIGKILL
    scene.kills += 1


async def talk(scene, mark, line, asked, doomed):
    resume = None
    with contextlib.suppress(OSError):  # it may die while it answers
        answer = await asyncio.to_thread(doomed.ask, asked)
        url, token, resume = scene.twilio.stream(answer)
        phone = await Phone.connect(doomed.port, url, token, line.id)
        await phone.speak(speech.mulaw("hello"))
        if mark not in ("after_answer", "mid_call"):
            await phone.hears(0.5, PATIENCE_S)
            # What is charged when settling dies is what the last heartbeat knew.
            await asyncio.to_thread(wait_for_beat, line)
            await phone.hang_up()
    await until(doomed.has_died, PATIENCE_S)
    died = time.monotonic()
    if "settle" in mark or mark == "before_end":
        line.status = "completed"  # the caller had hung up
        return
    if resume is None:  # Twilio asks the fallback address the same
        again = await asyncio.to_thread(scene.healthy.ask, asked)
    else:
        gone = scene.twilio.stream_gone(resume, line.id)
        again = await asyncio.to_thread(scene.healthy.ask, gone)
    url, token, _ = scene.twilio.stream(again)
    phone = await Phone.connect(scene.healthy.port, url, token, line.id, "MZ2")
    await phone.speak(speech.mulaw("hello"))
    await phone.hears(0.2, PATIENCE_S)
    scene.resumed.append(time.monotonic() - died)
    await asyncio.sleep(1)
    await phone.hang_up()
    line.status = "completed"


def wait_for_beat(line):
    number = line.from_number if line.to == NUMBER else line.to
    deadline = time.monotonic() + PATIENCE_S
    try:
        beaten = Call.objects.filter(caller=number, exchanged_ms__gt=0)
        while not beaten.exists():
            assert time.monotonic() < deadline, number
            time.sleep(0.2)
    finally:
        connection.close()  # this thread's


async def until(condition, seconds):
    async with asyncio.timeout(seconds):
        while not condition():  # processes have no event
            await asyncio.sleep(0.05)


KILLERS = {"placing": kill_placing, "outbound": kill_outbound, "inbound": kill_inbound}


# ---- proving


def wait_until_over(scene):
    deadline = time.monotonic() + ENDED_WITHIN_S
    while time.monotonic() < deadline:
        turn_away(scene)
        live = Call.objects.filter(status__in=Call.LIVE)
        open_lines = Leg.objects.exclude(state__in=Leg.OVER)
        if not live.exists() and not open_lines.exists():
            return
        time.sleep(0.5)
    raise AssertionError(
        f"still open: {list(Call.objects.values_list('caller', 'status'))}"
        f" {list(Leg.objects.values_list('to_number', 'state', 'last_error'))}"
    )


def turn_away(scene):
    """Let the carrier find lines busy that nobody has answered, before we give them up."""
    for line in list(scene.twilio.lines.values()):
        if line.status == "queued" and line.to in scene.wanted:
            line.status = "busy"
            tell_busy(scene, line)


def tell_busy(scene, line):
    leg = Leg.objects.filter(to_number=line.to).first()
    if leg is None:
        return
    url = f"{BASE}/inbound/twilio/status/{leg.id}"
    for _ in range(2):  # and once more, as carriers do
        scene.healthy.ask(scene.twilio.told(url, line.id, "busy", duration=0))


def prove(scene):
    books = wallet.open(scene.agent.workspace)
    found = {"calls": 0, "dialled": 0, "charged": 0}
    for number, status in scene.wanted.items():
        (call,) = Call.objects.filter(caller=number)  # one, whatever was asked twice
        found["calls"] += 1
        assert call.status == status, (number, call.status, call.end_detail)
        assert call.settled_at
        entries = books.entries.filter(kind="call", source=f"call:{call.id}")
        charged = [-entry.amount_micros for entry in entries]
        assert charged == ([call.charge_micros] if call.charge_micros else [])
        assert charged or status != "completed", number  # they heard each other
        found["charged"] += len(charged)
    dialled = [each for each in scene.twilio.dialled() if each in scene.wanted]
    assert len(dialled) == len(set(dialled))
    found["dialled"] = len(dialled)
    books.refresh_from_db()
    assert books.held_micros == 0
    assert proof.of(books).holds
    return found
