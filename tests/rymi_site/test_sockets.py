"""The media process's WebSockets: ASGI as usual, and the direct way."""

import asyncio
import contextlib

import pytest
import uvicorn
import websockets

from rymi_site.sockets import WAITING, Protocol

LARGEST = 131_072


@contextlib.asynccontextmanager
async def serving(application):
    """Run uvicorn with our protocol on a free port; yield the address."""
    config = uvicorn.Config(
        application, port=0, ws=Protocol, loop="uvloop", http="httptools",
        lifespan="off", ws_max_size=LARGEST, log_level="critical",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext
    task = asyncio.create_task(server.serve())
    while not server.started:  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    try:
        yield f"ws://{host}:{port}/media/x/?a=b%20c"
    finally:
        server.should_exit = True
        await task


async def echo(scope, receive, send):
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


async def echo_directly(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    direct = scope["extensions"]["rymi.direct"]

    def take(content):
        direct.write(content)
        return content == "enough"

    await direct.deliver(take)
    await send({"type": "websocket.close", "code": 4000})


@pytest.mark.parametrize("application", [echo, echo_directly])
@pytest.mark.parametrize(
    "message", ["é", b"\0\1", "x" * 70_000, ["in ", "three ", "frames"], [b"1", b"2"]]
)
async def test_a_message_comes_back_as_it_was_sent(application, message):
    async with serving(application) as url, websockets.connect(url) as socket:
        await socket.send(message)

        whole = message[0][:0].join(message) if isinstance(message, list) else message
        assert await asyncio.wait_for(socket.recv(), 5) == whole


async def test_a_thousand_messages_keep_their_order_though_nobody_reads_at_first():
    async def late(scope, receive, send):
        await asyncio.sleep(0.2)
        await echo_directly(scope, receive, send)

    async with serving(late) as url, websockets.connect(url) as socket:
        said = [str(number) for number in range(10 * WAITING)]
        for word in said:
            await socket.send(word)

        heard = [await asyncio.wait_for(socket.recv(), 5) for _ in said]

    assert heard == said


async def test_the_application_sees_the_request():
    seen = {}

    async def look(scope, receive, send):
        seen.update(scope)

    async with (
        serving(look) as url,
        websockets.connect(url, additional_headers={"X-Twilio-Signature": "s"}) as one,
    ):
        await asyncio.wait_for(one.wait_closed(), 5)

    assert (seen["path"], seen["query_string"]) == ("/media/x/", b"a=b%20c")
    assert dict(seen["headers"])[b"x-twilio-signature"] == b"s"
    assert seen["client"][0] == "127.0.0.1"


async def test_an_application_closes_with_its_code():
    async with serving(echo_directly) as url, websockets.connect(url) as socket:
        await socket.send("enough")
        await asyncio.wait_for(socket.wait_closed(), 5)

    assert socket.close_code == 4000


async def test_an_application_that_breaks_closes_with_1011():
    async def broken(scope, receive, send):
        raise LookupError

    async with serving(broken) as url, websockets.connect(url) as socket:
        await asyncio.wait_for(socket.wait_closed(), 5)

    assert socket.close_code == 1011


async def test_an_application_hears_that_the_other_end_is_gone():
    heard = asyncio.get_running_loop().create_future()

    async def wait(scope, receive, send):
        await receive()
        heard.set_result(await receive())

    async with serving(wait) as url, websockets.connect(url) as socket:
        await socket.close(4001)
        told = await asyncio.wait_for(heard, 5)

    assert told == {"type": "websocket.disconnect", "code": 4001}


@pytest.mark.parametrize(
    ("message", "code"),
    [(b"x" * (LARGEST + 1), 1009), ([b"x" * 60_000] * 3, 1009)],
)
async def test_too_much_closes_the_socket(message, code):
    async with serving(echo) as url, websockets.connect(url) as socket:
        with contextlib.suppress(websockets.ConnectionClosed):
            await socket.send(message)
        await asyncio.wait_for(socket.wait_closed(), 5)

    assert socket.close_code == code


async def test_a_ping_is_answered():
    async with serving(echo) as url, websockets.connect(url) as socket:
        assert await asyncio.wait_for(await socket.ping(), 5) >= 0


async def test_text_that_is_no_utf8_closes_the_socket():
    async with serving(echo) as url, websockets.connect(url) as socket:
        await socket.send(b"\xff\xfe", text=True)
        await asyncio.wait_for(socket.wait_closed(), 5)

    assert socket.close_code == 1007


async def test_a_server_that_stops_says_so():
    async with serving(echo) as url:
        socket = await websockets.connect(url)
        await socket.send("hello")
        await socket.recv()

    await asyncio.wait_for(socket.wait_closed(), 5)
    assert socket.close_code == 1012
