"""Webhook deliveries a second on one core, beside a bare loop of the same HTTP client.

``make bench-queue``: the receiver runs on another core. Both post the same signed letter
to the same receiver with as many under way; the queue also claims, leases and writes
down every try in the database. Counted in seconds of processor time, ours and that of
the database where it is a server on this machine, which neighbours do not change. Fails
below half of the bare loop.
"""

import asyncio
import multiprocessing
import os
import sys
import tempfile
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ.setdefault("LOG_LEVEL", "ERROR")
HOME = os.environ.setdefault("RYMI_VAR_DIR", tempfile.mkdtemp(prefix="rymi-bench-"))

LETTERS = int(os.environ.get("BENCH_LETTERS", "2000"))
ENDPOINTS, PER_ENDPOINT = 16, 2
ROUNDS = 3
LEAST_SHARE = 0.5
BODY = (
    b'{"type":"call.completed","data":{"transcript":{"text":"' + b"x" * 2000 + b'"}}}'
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\nContent-Type: application/json\r\n\r\n{\"ok\":true}"  # fmt: skip


def receive(port_of: "multiprocessing.Queue[int]", core: int) -> None:
    """Answer 200 to whatever comes, as cheaply as can be."""
    pin(core)

    class Receiver(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport, self.got = transport, b""

        def data_received(self, data: bytes) -> None:
            self.got += data
            while (head := self.got.find(b"\r\n\r\n")) >= 0:
                low = self.got[:head].lower()
                at = low.index(b"content-length:") + 15
                end = low.find(b"\r\n", at)
                length = int(low[at : end if end >= 0 else head])
                if len(self.got) < head + 4 + length:
                    return
                self.got = self.got[head + 4 + length :]
                self.transport.write(ANSWER)  # type: ignore[attr-defined]  # a plain socket's

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Receiver, "127.0.0.1", 0)
        port_of.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


def pin(core: int) -> None:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})


async def bare(url: str) -> float:
    """Post the letters with nothing around it; return letters a second."""
    from common import clock, http
    from webhooks import signing

    left = iter(range(LETTERS))

    async def line(number: int) -> None:
        for _ in left:
            headers = signing.headers(
                secrets=["whsec_0123456789abcdef"], body=BODY, event="call.completed",
                delivery_id=str(number), now=clock.now(),
            )  # fmt: skip
            reply = await http.asend(
                "POST", url, headers=headers, content=BODY, https_only=True
            )
            assert reply.status == 200

    began = time.process_time()
    await asyncio.gather(*(line(n) for n in range(ENDPOINTS * PER_ENDPOINT)))
    took = time.process_time() - began
    await http.close()
    return LETTERS / took


def queued(url: str) -> tuple[float, float]:
    """Deliver the letters from the database; return letters a second, of our time and
    of the database's with it."""
    from common import clock
    from tests import factories
    from tests.bench import cpu
    from webhooks.courier import Courier
    from webhooks.models import Attempt, Delivery, Event

    workspace = factories.WorkspaceFactory()
    endpoints = factories.EndpointFactory.create_batch(
        ENDPOINTS, workspace=workspace, url=url
    )
    events = Event.objects.bulk_create(
        Event(
            workspace=workspace, type="call.completed", key=str(n), body=BODY.decode()
        )
        for n in range(LETTERS)
    )
    Delivery.objects.bulk_create(
        Delivery(
            workspace=workspace,
            endpoint=endpoints[n % ENDPOINTS],
            event=event,
            event_type=event.type,
            next_at=clock.now(),
        )
        for n, event in enumerate(events)
    )
    began = cpu.spent_s()
    Courier().drain()
    rate = cpu.a_second(LETTERS, began)
    delivered = Delivery.objects.filter(workspace=workspace, state="delivered")
    assert delivered.count() == LETTERS
    assert Attempt.objects.filter(delivery__workspace=workspace).count() == LETTERS
    return rate


def main() -> int:
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    from common import http

    http.configure(allow=["127.0.0.0/8"])
    port_of: multiprocessing.Queue[int] = multiprocessing.get_context("spawn").Queue()
    receiver = multiprocessing.get_context("spawn").Process(
        target=receive, args=(port_of, 1), daemon=True
    )
    receiver.start()
    url = f"http://127.0.0.1:{port_of.get()}/"
    pin(0)
    made = setup_databases(verbosity=0, interactive=False)
    try:
        pairs = [(asyncio.run(bare(url)), queued(url)) for _ in range(ROUNDS)]
    finally:
        teardown_databases(made, verbosity=0)
        receiver.terminate()
    # The median round: other work on the machine disturbs single ones.
    loop, queue = sorted(pairs, key=lambda pair: pair[1][0] / pair[0])[ROUNDS // 2]
    share, with_database = (rate / loop for rate in queue)
    sys.stdout.write(
        f"bench-queue webhooks {connection.vendor}: {queue[0]:.0f}/s a core, bare loop"
        f" {loop:.0f}/s, share {share:.2f} ({with_database:.2f} with the database's time)\n"
    )
    return 0 if share >= LEAST_SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
