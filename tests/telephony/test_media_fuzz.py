"""Media sockets take anything: bad frames cost themselves, and nobody else."""

import asyncio
import contextlib
import json
import statistics

import pytest
import websockets

from telephony.browser_media import BrowserMedia
from telephony.carrier import AudioIn, Malformed, Started
from telephony.carriers.exotel.media import Media as ExotelMedia
from telephony.carriers.plivo.media import Media as PlivoMedia
from telephony.carriers.telnyx.media import Media as TelnyxMedia
from telephony.carriers.twilio.media import Media as TwilioMedia
from telephony.carriers.vonage.media import Media as VonageMedia
from telephony.models import Call
from tests.telephony import fuzz
from tests.telephony.caller import Caller
from tests.telephony.conftest import ended

FRAMES = 5_000


@pytest.mark.parametrize(
    ("codec", "captures"),
    [
        (TwilioMedia, fuzz.TWILIO),
        (PlivoMedia, fuzz.PLIVO),
        (TelnyxMedia, fuzz.TELNYX),
        (VonageMedia, fuzz.VONAGE),
        (ExotelMedia, fuzz.EXOTEL),
        (BrowserMedia, fuzz.BROWSER),
    ],
)
@pytest.mark.parametrize("greeted", [True, False])
def test_codecs_never_raise(codec, captures, greeted):
    stream = codec()
    if greeted:
        hello = next(c for c in captures if "start" in str(c) or "hello" in str(c))
        assert isinstance(stream.receive(json.dumps(hello)), Started)

    events = [stream.receive(frame) for frame in fuzz.frames(captures, FRAMES)]

    bad = sum(isinstance(event, Malformed) for event in events)
    assert FRAMES / 3 < bad < FRAMES


def test_twilio_reads_what_twilio_sends():
    stream = TwilioMedia()

    events = [stream.receive(json.dumps(frame)) for frame in fuzz.TWILIO]

    names = [type(event).__name__ for event in events]
    assert names == ["NoneType", "Started", "AudioIn", "Digit", "Marked"]
    assert events[1].parameters == {"token": "nope"}
    assert events[2] == AudioIn(b"\xff" * 160)


def test_twilio_is_sent_what_it_reads():
    stream = TwilioMedia()
    stream.receive(json.dumps(fuzz.TWILIO[1]))

    assert json.loads(stream.audio(b"\xff" * 160)) == {
        "event": "media",
        "streamSid": "MZ1",
        "media": {"payload": fuzz.TWILIO[2]["media"]["payload"]},
    }
    assert json.loads(stream.mark("u1:end")) == {
        "event": "mark",
        "streamSid": "MZ1",
        "mark": {"name": "u1:end"},
    }
    assert json.loads(stream.clear()) == {"event": "clear", "streamSid": "MZ1"}


def url(port, path="browser"):
    return f"ws://127.0.0.1:{port}/media/{path}/"


async def pressed(caller, times):
    """Press a key again and again; return how long each took to be noticed, in ms."""
    loop = asyncio.get_running_loop()
    waits = []
    for _ in range(times):
        before, begun = len(caller.events("pressed")), loop.time()
        await caller.say(type="digit", digit="#")
        await caller.until(lambda n=before: len(caller.events("pressed")) > n)
        waits.append((loop.time() - begun) * 1000)
        await asyncio.sleep(0.1)
    return waits


@pytest.mark.realtime
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
class TestSocket:
    def test_a_flood_of_bad_frames_costs_nobody_anything(self, port, start, capfd):
        async def story(tokens):
            victim = await Caller.connect(port, tokens[0], microphone=False)
            neighbour = await Caller.connect(port, tokens[1], microphone=False)
            quiet = await pressed(neighbour, 20)
            flood = asyncio.create_task(pour(victim))
            noisy = await pressed(neighbour, 20)
            await flood
            await asyncio.sleep(1)  # the allowance fills again
            await pressed(victim, 1)
            for caller in (victim, neighbour):
                await caller.say(type="end")
                await caller.ended()
            return quiet, noisy

        async def pour(caller):
            for frame in fuzz.frames(fuzz.SILENT, FRAMES):
                await caller.socket.send(frame)

        starts = [start(mode="text") for _ in range(2)]
        quiet, noisy = asyncio.run(story([token for _, token in starts]))

        assert {ended(call.id).end_reason for call, _ in starts} == {"user_disconnect"}
        assert starts[0][0].timeline.filter(kind="pressed").count() >= 1
        assert statistics.median(noisy) < statistics.median(quiet) + 60
        logged = [line for line in capfd.readouterr().err.splitlines() if line]
        assert not any("Traceback" in line for line in logged)
        assert len(logged) <= FRAMES / 100 + 5

    @pytest.mark.parametrize(
        ("size", "code"), [(65_537, 4413), (1_000_000, 1009), (16_000_000, 1009)]
    )
    def test_a_message_that_is_too_big_closes_its_socket(self, port, start, size, code):
        async def story(token):
            caller = await Caller.connect(port, token, microphone=False)
            begun = asyncio.get_running_loop().time()
            with contextlib.suppress(websockets.ConnectionClosed):
                await caller.socket.send(bytes(size))
            await caller.ended()
            took = asyncio.get_running_loop().time() - begun
            return caller.socket.close_code, took

        call, token = start(mode="text")

        got, took = asyncio.run(story(token))

        assert got == code
        assert took < 5
        assert ended(call.id).status == "completed"

    def test_compression_is_refused(self, port):
        async def offer():
            async with websockets.connect(url(port), compression="deflate") as socket:
                return socket.protocol.extensions

        assert not asyncio.run(offer())

    def test_a_socket_that_says_nothing_is_closed(self, port):
        async def wait():
            async with websockets.connect(url(port)) as socket:
                await asyncio.wait_for(socket.wait_closed(), 20)
                return socket.close_code

        assert asyncio.run(wait()) == 4408

    @pytest.mark.parametrize(
        ("path", "first", "code"),
        [
            ("browser", '{"type":"hello","token":"x","rate":16000}', 4401),
            ("browser", '{"type":"hello","token":"x","rate":48000}', 4400),
            ("browser", '{"type":"hello"}', 4401),
            ("browser", '{"type":"text","text":"x"}', 4401),
            ("browser", b"\0\0", 4401),
            ("twilio", json.dumps(fuzz.TWILIO[1]), 4401),
            ("nowhere", "", 4404),
        ],
    )
    def test_wrong_first_words_are_turned_away(self, port, path, first, code):
        async def say():
            try:
                async with websockets.connect(url(port, path)) as socket:
                    await socket.send(first)
                    await asyncio.wait_for(socket.wait_closed(), 5)
                    return socket.close_code
            except websockets.ConnectionClosed as closed:
                return closed.rcvd.code

        assert asyncio.run(say()) == code
        assert not Call.objects.exists()
