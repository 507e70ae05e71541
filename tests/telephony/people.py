"""People in one call: how they come in, talk to each other, and stand in what is kept."""

import time

from django.db import connections

from telephony import web_calls
from tests import speech

PATIENCE = 90  # seconds; machines are busy


def begin(published, name="ann@example.com"):
    call, (seat,) = web_calls.start(web_calls.Wanted(published, [name]))
    return call, seat


async def says_to(speaker, listener):
    """Let one speak until the other has heard a good part of it."""
    before = listener.loud
    await speaker.speak(speech.prompt("vm-whichbox"))
    await listener.until(lambda: listener.loud > before + 20_000, PATIENCE)


def lines_of(call):
    said = call.transcript_segments.select_related("participant")
    return [(each.participant.identity, each.text) for each in said]


def written(call, identity):
    """Wait until something that this person said stands in the transcript."""
    deadline = time.monotonic() + PATIENCE
    try:
        while identity not in {who for who, _ in lines_of(call)}:
            assert time.monotonic() < deadline, lines_of(call)
            time.sleep(0.1)
    finally:
        connections.close_all()  # this thread's


def kinds_of(call):
    return list(call.timeline.values_list("kind", flat=True))
