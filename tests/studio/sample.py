"""A call with everything in it, for pages to show."""

import functools
import math
import struct
import wave
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from billing import meter, wallet
from common import clock, money
from telephony.models import Recording, TimelineEvent, TranscriptSegment, Turn
from tests.factories import CallFactory

LENGTH_MS = 46_000
SAID = (  # speaker, turn, from, to, heard, not heard
    ("agent", 0, 300, 3_900, "Hello, Brightwater Dental, this is Ava. How can I help?", ""),
    ("user", 1, 4_600, 7_800, "Hi, I can’t make my hygiene appointment on Thursday.", ""),
    ("agent", 1, 8_610, 12_000, "No problem at all. Which number is the booking under?", ""),
    ("user", 2, 12_700, 17_000, "Oh seven seven double oh, nine hundred, four one eight.", ""),
    ("agent", 2, 18_105, 24_300, "Thank you, Sam. I can see Thursday at ten past two. I have", "Friday at nine, or Monday at half past"),
    ("user", 3, 24_200, 26_300, "Anything after four on Friday?", ""),
    ("agent", 3, 28_518, 33_000, "Friday at twenty past four is free. Shall I book that?", ""),
    ("user", 4, 33_800, 35_000, "Yes please.", ""),
    ("agent", 4, 35_750, 39_500, "Done. You are booked for Friday, twenty past four.", ""),
    ("user", 5, 40_200, 41_500, "Great, thanks. Bye.", ""),
    ("agent", 5, 42_100, 44_800, "You are all set. Have a good day.", ""),
)  # fmt: skip
HAPPENED = (  # kind, at, until, detail
    ("kept_talking", 2_000, None, {"cause": "backchannel: mm-hm"}),
    ("turn_ended", 8_100, None, {"turn": 1, "reason": "smart-turn", "waited_ms": 300}),
    ("tool_called", 17_400, 17_780, {"name": "lookup_customer", "arguments": {"phone": "+447700900418"}, "result": "found Sam Okafor, Bright plan"}),
    ("interrupted", 24_300, None, {"utterance": "u3", "cause": "anything after"}),
    ("tool_called", 26_500, 28_110, {"name": "check_calendar_availability", "arguments": {"day": "Friday"}, "result": "2 slots"}),
    ("routing_shifted", 26_350, None, {"caller_type": "Existing patient", "phrase": "my hygiene appointment"}),
    ("fell_back", 35_100, None, {"channel": "tts", "failed": "elevenlabs", "to": "cartesia", "reason": "429 quota exceeded"}),
    ("pressed", 36_000, None, {"digit": "4"}),
    ("pressed", 36_300, None, {"digit": "#"}),
)  # fmt: skip
WAITED = (  # turn, at, waiting, speech to text, model, voice, line
    (1, 7_800, 300, 85, 310, 95, 20),
    (2, 17_000, 420, 95, 460, 110, 20),
    (3, 26_300, 190, 80, 1_800, 128, 20),
    (4, 35_000, 240, 80, 310, 100, 20),
    (5, 41_500, 210, 70, 200, 100, 20),
)


def talk(agent, *, directory: Path | None = None, **fields):
    """Make a finished call of 46 seconds, with its recording if there is a place."""
    now = clock.now()
    call = CallFactory(
        agent=agent,
        caller="+447700900418",
        started_at=now - timedelta(seconds=50),
        ended_at=now - timedelta(seconds=4),
        duration_ms=LENGTH_MS,
        exchanged_ms=LENGTH_MS,
        billed_ms=60_000,
        rate_micros=6 * money.MICROS_PER_CREDIT,
        charge_micros=6 * money.MICROS_PER_CREDIT,
        turn_count=5,
        latency_p50_ms=810,
        latency_p95_ms=2_218,
        variables={"clinic": "Brightwater"},
        **fields,
    )
    _said(call)
    _happened(call)
    _participants(call, now)
    if directory:
        record(call, directory)
    return call


def _said(call):
    TranscriptSegment.objects.bulk_create(
        TranscriptSegment(
            call=call,
            speaker=who,
            turn=turn,
            started_at_ms=start,
            ended_at_ms=end,
            text=text,
            unheard=unheard,
            sequence=number,
        )
        for number, (who, turn, start, end, text, unheard) in enumerate(SAID)
    )


def _happened(call):
    TimelineEvent.objects.bulk_create(
        TimelineEvent(
            call=call, kind=kind, at_ms=at, end_ms=end, detail=detail, sequence=number
        )
        for number, (kind, at, end, detail) in enumerate(HAPPENED)
    )
    names = ("endpointing_ms", "stt_ms", "llm_ms", "tts_ms", "transport_ms")
    Turn.objects.bulk_create(
        Turn(
            call=call,
            number=number,
            at_ms=at,
            total_ms=sum(waits),
            **dict(zip(names, waits, strict=True)),
        )
        for number, at, *waits in WAITED
    )


def _participants(call, now):
    for role, identity, transport in (
        ("agent", str(call.agent_id), "internal"),
        ("customer", "lena@example.com", "webrtc"),
    ):
        call.participants.create(
            role=role,
            identity=identity,
            transport=transport,
            status="left",
            joined_at=now - timedelta(seconds=50),
            left_at=now - timedelta(seconds=4),
        )


RATE = 8_000


@functools.cache
def tones():
    """Return the recording's samples, and its peaks: caller left, agent right."""
    frames, peaks = bytearray(), [[], []]
    spans = [(start, end, who == "agent") for who, _, start, end, *_ in SAID]
    for n in range(LENGTH_MS * RATE // 1000):
        ms = n * 1000 / RATE
        swell = abs(math.sin(ms / 210) * math.sin(ms / 77))
        levels = [
            swell * any(a <= ms < b and side == agent for a, b, agent in spans)
            for side in (False, True)
        ]
        if n % (RATE // 25) == 0:
            for side in (0, 1):
                peaks[side].append(int(levels[side] * 255))
        tone = math.sin(n * 2 * math.pi * 300 / RATE) * 12_000
        frames += struct.pack("<hh", *(int(tone * level) for level in levels))
    return bytes(frames), peaks


def record(call, directory: Path):
    """Write tones where somebody spoke."""
    path = directory / f"{call.id}.wav"
    frames, peaks = tones()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(frames)
    return Recording.objects.create(
        call=call,
        path=str(path.relative_to(settings.RECORDINGS_DIR)),
        status="completed",
        sample_rate=RATE,
        duration_ms=LENGTH_MS,
        size_bytes=path.stat().st_size,
        peaks=peaks,
    )


def pay(call):
    """Hold, meter and settle the call as the ledger does it."""
    source = f"call:{call.id}"
    key = f"test:{call.id}"
    wallet.top_up(workspace=call.workspace, amount_micros=10**9, key=key, note="")
    wallet.hold(
        workspace=call.workspace,
        source=source,
        amount_micros=30 * money.MICROS_PER_CREDIT,
        expires_at=clock.now() + timedelta(minutes=2),
    )
    line, one = meter.Line, Decimal(1)
    credit = Decimal(money.MICROS_PER_CREDIT)
    meter.record(
        workspace=call.workspace,
        source=source,
        lines=[
            line("platform.minute", "platform", one, "minute", 2 * credit, True),
            line("stt.minute", "deepgram/nova-3", one, "minute", credit, True),
            line("llm.minute", "google/gemini-2.5", one, "minute", None, True),
            line("tts.minute", "elevenlabs/turbo", one, "minute", credit, False),
            line("stt.seconds", "deepgram/nova-3", 45 * one, "seconds", None, False),
        ],
    )
    wallet.capture(
        workspace=call.workspace,
        source=source,
        amount_micros=call.charge_micros,
        billed_ms=call.billed_ms,
    )
