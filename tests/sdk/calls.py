"""Calls for the clients to ask about."""

from datetime import timedelta

from common import clock
from telephony.models import Participant, Recording, TranscriptSegment
from tests import factories


def ended(agent, **fields):
    """Make a call that has ended, with words and a recording."""
    now = clock.now()
    call = factories.CallFactory(
        agent=agent,
        config=agent.config,
        started_at=now - timedelta(minutes=1),
        ended_at=now,
        duration_ms=60_000,
        charge_micros=1_000_000,
        **fields,
    )
    person = Participant.objects.create(
        call=call, transport="webrtc", role="customer", identity="v"
    )
    TranscriptSegment.objects.create(
        call=call,
        participant=person,
        speaker="user",
        text="Hello",
        sequence=1,
        started_at_ms=0,
        ended_at_ms=900,
    )
    Recording.objects.create(
        call=call, path=f"{call.id}.wav", status="completed", sample_rate=16_000
    )
    return call
