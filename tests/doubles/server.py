"""What all doubles share: a server on loopback, and faults to order."""

import asyncio
import contextlib
import threading
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

FAULTS = ("refuse", "401", "404", "429", "500", "503", "slow", "cut", "half_open", "garbage")  # fmt: skip


@dataclass
class Double:
    """A vendor. ``fault`` is one of FAULTS; the last four strike in mid-stream."""

    fault: str = ""
    key: str = "good-key"
    retry_after: str = ""  # what a fault of 429 or 503 asks for
    requests: list = field(default_factory=list)
    disconnected: int = 0  # clients that left before the end
    open_sockets: int = 0
    complaints: list = field(default_factory=list)  # what broke the protocol

    def routes(self) -> list[web.RouteDef]:
        """Return what it answers: each double has its own."""
        raise NotImplementedError

    def error(self, status: int, message: str) -> web.Response:
        """Answer an error in the vendor's own shape."""
        return web.json_response({"error": {"message": message}}, status=status)

    def wrong_key(self, request: web.Request) -> bool:
        """Tell whether a request may not pass; asked of doubles that have keys."""
        raise NotImplementedError

    async def guard(self, request: web.Request) -> web.StreamResponse | None:
        """Answer what comes before any work: faults at the door and wrong keys."""
        if self.fault == "slow":
            await asyncio.sleep(60)
        if self.fault in ("401", "404", "429", "500", "503"):
            answer = self.error(int(self.fault), f"ordered {self.fault} for {self.key}")
            if self.retry_after:
                answer.headers["Retry-After"] = self.retry_after
            return answer
        if self.wrong_key(request):
            return self.error(401, "Invalid credentials.")
        return None

    def cut(self, request: web.Request) -> None:
        """Tear the connection in two."""
        if request.transport:
            request.transport.abort()

    @contextlib.asynccontextmanager
    async def serving(self):
        """Listen while the context is open; ``url`` is set."""
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.add_routes(self.routes())
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        if self.fault == "refuse":
            await site.stop()
        try:
            yield self
        finally:
            await runner.cleanup()


class Socket:
    """One WebSocket of a double, with the faults that strike in mid-stream."""

    def __init__(self, double: Double, request: web.Request, ws: web.WebSocketResponse):
        self.double, self.request, self.ws = double, request, ws

    async def send(self, message: dict) -> None:
        """Send JSON, unless a fault was ordered."""
        fault = self.double.fault
        if fault == "garbage":
            await self.ws.send_str('{"type": not json')
        elif fault == "cut":
            self.double.cut(self.request)
        elif fault != "half_open" and not self.ws.closed:
            await self.ws.send_json(message)

    async def refuse(self, code: int, reason: str) -> None:
        """Close for a reason, and remember that the client did wrong."""
        self.double.complaints.append(reason)
        await self.ws.close(code=code, message=reason.encode())


async def converse(double, request, session_of) -> web.StreamResponse:
    """Run a WebSocket: ``session_of(socket)`` has async ``text(dict)``,
    ``binary(bytes)`` and ``bye()``."""
    if answer := await double.guard(request):
        return answer
    ws = web.WebSocketResponse(autoping=True)
    await ws.prepare(request)
    double.open_sockets += 1
    session = session_of(Socket(double, request, ws))
    try:
        async for message in ws:
            if message.type is WSMsgType.TEXT:
                if not message.data:  # how some vendors are told that all is said
                    break
                await session.text(message.json())
            elif message.type is WSMsgType.BINARY:
                await session.binary(message.data)
    finally:
        double.open_sockets -= 1
        session.bye()
    return ws


@contextlib.contextmanager
def in_a_thread(double: Double):
    """Serve to tests that are not async, from a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def wait(what):
        return asyncio.run_coroutine_threadsafe(what, loop).result(10)

    serving = double.serving()
    wait(serving.__aenter__())
    try:
        yield double
    finally:
        wait(serving.__aexit__(None, None, None))
        wait(leave_nothing_running())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextlib.contextmanager
def strictly(double: Double):
    """Serve likewise; fail at the end if anything broke the double's protocol."""
    with in_a_thread(double):
        yield double
    assert double.complaints == [], double.complaints


async def leave_nothing_running():
    """End what the loop still does, as ``asyncio.run`` does; else it is complained of."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
