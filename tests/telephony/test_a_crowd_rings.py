"""A hundred calls at once at a workspace that may have ten: ten are let in, ninety hear that
all lines are busy, and each of them is in the log with the reason."""

import asyncio
import logging
import os
import time
from collections import Counter

import aiohttp
import pytest

from billing import proof
from telephony.models import Call
from tests import processes
from tests.doubles.twilio import Twilio
from tests.telephony.conftest import configured
from tests.telephony.phone_server import BASE, Server

CALLERS, CAP = 100, 10

pytestmark = [
    pytest.mark.services,
    pytest.mark.realtime,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]
log = logging.getLogger(__name__)


@pytest.fixture
def twilio():
    return Twilio()


@pytest.fixture
def server():
    running = Server()
    yield running
    processes.stop(running.process)


async def ring_all(server, askeds):
    """Put all requests at once; return the answers and how long each took."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:

        async def ring(asked):
            began = time.monotonic()
            url = asked.url.replace(BASE, f"http://127.0.0.1:{server.port}")
            headers = {
                **asked.headers,
                "Content-Type": asked.content_type,
                "Host": "voice.example",
                "X-Forwarded-Proto": "https",
            }
            async with http.post(url, data=asked.body, headers=headers) as reply:
                body = await reply.text()
                return reply.status, body, time.monotonic() - began

        return await asyncio.gather(*map(ring, askeds))


def test_ten_of_a_hundred_are_let_in(server, twilio, workspace, published, purse):
    configured(workspace, published, twilio)
    type(workspace).objects.update(max_concurrent_calls=CAP)
    asyncio.run(ring_all(server, [twilio.ring(BASE)]))  # what only the first one costs
    Call.objects.update(status=Call.Status.COMPLETED, caller="the first")
    processes.wait_until_idle(server.process)
    askeds = [
        twilio.ring(BASE, f"CA{n:032x}", caller=f"+4477009{n:05}")
        for n in range(CALLERS)
    ]

    before = processes.cpu_s(server.process)
    answers = asyncio.run(ring_all(server, askeds))
    spent = processes.cpu_s(server.process) - before

    assert {status for status, _, _ in answers} == {200}
    let_in = [body for _, body, _ in answers if "<Stream " in body]
    busy = [took for _, body, took in answers if "our lines are busy" in body]
    assert (len(let_in), len(busy)) == (CAP, CALLERS - CAP)
    crowd = Call.objects.exclude(caller="the first")
    found = Counter(crowd.values_list("status", "error_code"))
    assert found == {
        ("queued", ""): CAP,
        ("busy", "quota_exceeded.concurrent_calls"): CALLERS - CAP,
    }
    purse.refresh_from_db()
    rate = Call.objects.filter(status="queued").first().rate_micros
    assert purse.held_micros == (CAP + 1) * rate // 2  # the first half minute of each
    assert proof.of(purse).holds
    busy.sort()
    log.warning(
        "refused after %.0f/%.0f/%.0f ms (p50/p95/max), %.2f s of the server's core,"
        " load %.1f",
        *(1000 * busy[int(part * (len(busy) - 1))] for part in (0.5, 0.95, 1)),
        spent,
        os.getloadavg()[0],
    )
