"""What is left of a connection that nobody waits for any more: nothing."""

import asyncio

import pytest
from aiohttp import web

from providers import wire
from providers.account import Account
from providers.errors import TimedOut
from tests.providers.waiting import eventually


class Vendor:
    """Takes connections, and shakes hands when it is told to."""

    def __init__(self):
        self.connections = 0  # open ones
        self.shaking = asyncio.Event()

    async def answer(self, request):
        transport = request.transport
        self.connections += 1
        try:
            await self.shaking.wait()
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            async for _ in socket:
                pass
        finally:
            self.connections -= 1
            transport.close()


@pytest.fixture
async def vendor():
    vendor = Vendor()
    app = web.Application()
    app.router.add_get("/", vendor.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    vendor.url = f"ws://{host}:{port}/"
    yield vendor
    await runner.cleanup()


def connect(vendor, within):
    account = Account("vendor", {})
    return wire.connect(account, vendor.url, {}, within=within, on_message=print, on_lost=print)  # fmt: skip


async def test_a_vendor_that_never_answers_is_hung_up_on(vendor):
    with pytest.raises(TimedOut):
        await connect(vendor, within=0.2)

    await eventually(lambda: vendor.connections == 0)


async def test_one_that_answers_too_late_is(vendor):
    connecting = asyncio.create_task(connect(vendor, within=5))
    await eventually(lambda: vendor.connections == 1)

    connecting.cancel()
    await asyncio.wait([connecting])
    vendor.shaking.set()

    await eventually(lambda: vendor.connections == 0, within=3)
