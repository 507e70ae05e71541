"""A socket handed on to the process that has its call."""

import asyncio

import pytest
from aiohttp import WSMsgType, web

from telephony import relay
from tests.processes import free_port


class Caller:
    """Our end: what it has said, what it says yet, what comes back."""

    path, origin = "/media/browser/", "https://shop.example.com"

    def __init__(self, *later):
        self.said = ['{"type":"hello"}']
        self.later = asyncio.Queue()
        for message in later:
            self.later.put_nowait(message)
        self.got = []

    def put(self, message):
        self.got.append(message)

    async def read(self):
        return await self.later.get()


async def serving(handler):
    app = web.Application()
    app.router.add_get("/media/browser/", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner, f"127.0.0.1:{port}"


def test_everything_goes_both_ways_from_the_first_message_on():
    seen = []

    async def other(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        seen.append(request.headers["Origin"])
        async for message in socket:
            seen.append(message.data)
            if message.type == WSMsgType.BINARY:
                await socket.send_bytes(message.data[::-1])
                await socket.send_str("enough")
                await socket.close(code=4408)
        return socket

    async def story():
        runner, at = await serving(other)
        caller = Caller("more", b"abc")
        async with asyncio.timeout(10):
            code = await relay.carry(caller, at)
        await runner.cleanup()
        return caller, code

    caller, code = asyncio.run(story())

    assert seen == [Caller.origin, '{"type":"hello"}', "more", b"abc"]
    assert caller.got == [b"cba", "enough"]
    assert code == 4408


def test_a_caller_who_is_gone_is_gone_there_too():
    closed = asyncio.Event()

    async def other(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for _ in socket:
            pass
        closed.set()
        return socket

    async def story():
        runner, at = await serving(other)
        async with asyncio.timeout(10):
            await relay.carry(Caller(None), at)
            await closed.wait()
        await runner.cleanup()

    asyncio.run(story())


def test_a_process_that_has_died_is_told_apart_from_one_that_hangs_up():
    caller = []

    async def story():
        caller.append(Caller())
        await relay.carry(caller[0], f"127.0.0.1:{free_port()}")

    with pytest.raises(relay.Unreachable):
        asyncio.run(story())

    assert caller[0].got == []
