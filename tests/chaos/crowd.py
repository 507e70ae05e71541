"""Many phone calls at once on Twilio's double, with doubles of vendors that know every
word they have heard and said."""

import asyncio
import contextlib
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from agents import authoring, publishing
from agents.models import ProviderKey
from billing import proof, wallet
from telephony.models import Call, Leg
from tests import processes, speech
from tests.doubles.deepgram import Deepgram
from tests.doubles.openai import OpenAI
from tests.doubles.server import in_a_thread
from tests.doubles.twilio import Twilio
from tests.doubles.voices import Cartesia
from tests.telephony.conftest import configured
from tests.telephony.phone import Phone
from tests.telephony.phone_server import BASE, UP_WITHIN_S, Server

KEY = "good-key"
HEADED = {
    "stt_provider": "deepgram",
    "stt_model": "nova-3",
    "llm_provider": "openai",
    "llm_model": "gpt-4o-mini",
    "tts_provider": "cartesia",
    "tts_model": "sonic-3",
}


class Lines:
    """What callers say: every line is another one."""

    def __init__(self):
        self.said = []
        self._count = itertools.count(1)

    def pop(self, _):
        self.said.append(f"This is line {next(self._count)} of today.")
        return self.said[-1]


class Carrying(Server):
    """A media process, as the product runs it."""

    def __init__(self, urls):
        self.port = processes.free_port()
        self.process = processes.start(
            "uvicorn", "rymi_site.asgi:media", "--host", "127.0.0.1",
            "--port", self.port, "--loop", "uvloop", "--http", "httptools",
            "--ws", "rymi_site.sockets:Protocol", "--ws-max-size", 131072,
            "--ws-per-message-deflate", "false", "--log-level", "critical",
            **around(urls),
        )  # fmt: skip
        processes.wait_until_up(self.port, self.process, UP_WITHIN_S)


def around(urls):
    return {
        "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
        "PUBLIC_BASE_URL": BASE,
        "MEDIA_BASE_URL": BASE,
        "RYMI_PRODUCTION": "0",
        "RYMI_BEHIND_PROXY": "1",
        "LOG_LEVEL": "ERROR",
        **{f"DOUBLE_OF_{name.upper()}": url for name, url in urls.items()},
    }


def sweeping(urls):
    """Start who ends calls that nobody carries: the worker itself where there is a Redis."""
    env = around(urls)
    if not settings.REDIS_URL:
        return processes.start("tests.chaos.line_sweeper", **env)
    return processes.start(
        "celery", "-A", "rymi_site", "--quiet", "worker", "--beat",
        "--concurrency", 2, "--loglevel", "ERROR", "--without-gossip", "--without-mingle",
        "--schedule", settings.VAR_DIR / f"beat-{processes.free_port()}", **env,
    )  # fmt: skip


@dataclass
class Crowd:
    """The calls of one test, and all who serve them."""

    agent: Any
    twilio: Twilio
    lines: Lines
    urls: dict
    calls: list = field(default_factory=list)  # carrier's ids, of everyone who called

    @property
    def workspace(self):
        return self.agent.workspace

    def starts(self):
        return Carrying(self.urls)

    def records(self):
        return Call.objects.filter(legs__carrier_call_id__in=self.calls)


@contextlib.contextmanager
def gathered(agent, owner):
    """Let an agent that hears, thinks and speaks by doubles answer a number."""
    for vendor in ("deepgram", "openai", "cartesia"):
        ProviderKey.objects.create(
            workspace=agent.workspace,
            provider=vendor,
            credentials={"api_key": KEY},
            masked="g",
        )
    authoring.edit(agent, changes=HEADED, by=owner)
    agent.refresh_from_db()
    publishing.publish(agent, by=owner)
    agent.refresh_from_db()
    lines = Lines()
    with (
        in_a_thread(Twilio()) as twilio,
        in_a_thread(Deepgram(phrases=lines)) as ear,
        in_a_thread(OpenAI()) as mind,
        in_a_thread(Cartesia()) as mouth,
    ):
        configured(agent.workspace, agent, twilio)
        urls = {
            "twilio": twilio.url,
            "deepgram": ear.url,
            "openai": f"{mind.url}/v1",
            "cartesia": mouth.url,
        }
        sweeper = sweeping(urls)
        try:
            yield Crowd(agent, twilio, lines, urls)
            assert sweeper.poll() is None, "the worker did not live to the end"
        finally:
            processes.stop(sweeper)
    for double in (twilio, ear, mind, mouth):
        assert double.complaints == []


# ---- one caller


class OnThePhone:
    """Somebody who calls, and talks until they hang up."""

    def __init__(self, crowd):
        self.crowd = crowd
        self.line = crowd.twilio.called_by(f"+4477009{len(crowd.calls):05}")
        crowd.calls.append(self.line.id)
        self.replies = 0
        self.phone = None
        self.resume = ""
        self._streams = itertools.count(1)

    async def ring(self, server):
        asked = self.crowd.twilio.ring(BASE, self.line.id, caller=self.line.from_number)
        await self.take(server, await asyncio.to_thread(server.ask, asked))

    async def take(self, server, answer):
        assert answer.status_code == 200, (answer.status_code, answer.text)
        url, token, self.resume = self.crowd.twilio.stream(answer)
        stream = f"MZ{self.line.id[-6:]}{next(self._streams)}"
        self.phone = await Phone.connect(server.port, url, token, self.line.id, stream)

    async def talk_once(self):
        await self.phone.speak(speech.mulaw("hello"))
        await self.phone.hears_out(60)
        self.replies += 1

    async def talk_until(self, done):
        while not done.is_set():
            await self.talk_once()

    async def come_back(self, server, since):
        """Follow the carrier's next question to where the agent is; return the seconds
        until it was heard."""
        await self.phone.cut_off(60)
        gone = self.crowd.twilio.stream_gone(self.resume, self.line.id)
        await self.take(server, await asyncio.to_thread(server.ask, gone))
        await self.phone.hears(0.2, 60)
        back = time.monotonic() - since
        await self.phone.hears_out(60)
        return back

    async def hang_up(self):
        await self.phone.hang_up()
        self.line.status = "completed"

    def vanish(self):
        """Be gone with the process, without a word of the carrier's."""
        self.phone.give_up()
        self.line.status = "completed"


async def everybody(callers, deed):
    return await asyncio.gather(*(deed(caller) for caller in callers))


# ---- proof


def wait_until_over(crowd, since, seconds):
    """Wait for the last call to be settled; return the seconds since then."""
    while time.monotonic() < since + seconds:
        live = crowd.records().filter(status__in=Call.LIVE)
        if not live.exists():
            return time.monotonic() - since
        time.sleep(0.25)
    raise AssertionError(
        f"still open: {list(live.values_list('caller', 'status', 'heartbeat_at'))}"
        f" {list(Leg.objects.values_list('state', 'last_error').distinct())}"
    )


def prove(crowd):
    """Every call is there once, ended well and was charged once."""
    found = list(crowd.records())
    assert len(found) == len(crowd.calls)
    books = wallet.open(crowd.workspace)
    for call in found:
        assert call.status == "completed", (call.caller, call.status, call.end_detail)
        entries = books.entries.filter(kind="call", source=f"call:{call.id}")
        charged = [-entry.amount_micros for entry in entries]
        # A process that dies before its first heartbeat charges nothing.
        assert charged == ([call.charge_micros] if call.charge_micros else [])
    books.refresh_from_db()
    assert books.held_micros == 0
    assert proof.of(books).holds


def lost_lines(crowd):
    """Return what callers said of which no transcript tells, and count gaps in the
    numbers of lines."""
    kept = "\n".join(
        text
        for call in crowd.records()
        for text in call.transcript_segments.filter(speaker="user").values_list(
            "text", flat=True
        )
    )
    lost = [line for line in crowd.lines.said if line not in kept]
    gaps = 0
    for call in crowd.records():
        numbers = list(
            call.transcript_segments.order_by("sequence").values_list(
                "sequence", flat=True
            )
        )
        gaps += numbers != list(range(len(numbers)))
    return lost, gaps
