"""Where carriers' requests come in: straight to their views.

A request of a carrier's has no session, no cookie and no page. What pages need (sessions,
sign-in, static files, a thread and a database connection of its own) costs as much as
the answer, and a caller hears it ringing meanwhile.
"""

import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpResponse
from django.urls import resolve

from telephony import callbacks
from telephony.callbacks import MAX_BODY
from telephony.rings import Ring, Switchboard, Taken
from telephony.threads import in_thread

PATH = "/inbound/"
METHODS = ("GET", "POST")
AT_ONCE = 16  # requests; an answer by command may wait for its carrier for seconds

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)


class FrontDoor:
    """An ASGI application in front of another, which gets everything else."""

    def __init__(self, application: Any) -> None:
        self._application = application
        # Threads of its own: while a carrier is slow, other calls need theirs.
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="carriers")
        self._switchboard = Switchboard(self._threads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a carrier."""
        if scope["type"] != "http" or not scope["path"].startswith(PATH):
            await self._application(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:  # gone before it had asked
            return
        response = await self._answer(scope, body)
        headers = [
            (name.lower().encode("ascii"), value.encode("latin-1"))
            for name, value in response.items()
        ]
        headers.append((b"content-length", str(len(response.content)).encode()))
        start = {"status": response.status_code, "headers": headers}
        await send({"type": "http.response.start", **start})
        await send({"type": "http.response.body", "body": response.content})

    async def _answer(self, scope: Scope, body: bytes) -> HttpResponse:
        ring = _ring(scope, body)
        if ring is None or ring.caller.is_ours:
            return await self._in_thread(_view, scope, body)
        try:
            taken = await self._switchboard.take(ring)
        except Exception as error:  # what is not answered rings on, or is hung up on
            return _failed(error)
        if ring.carrier.by_command or ring.carrier.says_by_stream:
            return await self._in_thread(_told, ring, taken)
        return _told(ring, taken)

    async def _in_thread(
        self, deed: Callable[..., HttpResponse], *of: Any
    ) -> HttpResponse:
        # No turn for all of it: some carriers are answered by a request of ours.
        run = in_thread(deed, takes_turns=False, executor=self._threads)
        response: HttpResponse = await run(*of)
        return response


async def _read(receive: Receive) -> bytes | None:
    """Read a body, of one that is far too long no more than shows that it is."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if len(body) <= MAX_BODY:
            body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body[: MAX_BODY + 1])


def _ring(scope: Scope, body: bytes) -> Ring | None:
    """Read a call that comes in; None: whatever else it is, the view will know."""
    provider = scope["path"].removeprefix(PATH).removesuffix("/")
    if "/" in provider or scope["method"] not in METHODS:
        return None
    try:
        return callbacks.read_ring(ASGIRequest(scope, BytesIO(body)), provider)
    except (Http404, SuspiciousOperation):
        return None
    except Exception:  # of whichever carrier's reader; the view tries, and answers
        log.exception("ring_not_read")
        return None


def _view(scope: Scope, body: bytes) -> HttpResponse:
    try:
        request = ASGIRequest(scope, BytesIO(body))
        view, args, kwargs = resolve(request.path_info)
        response: HttpResponse = view(request, *args, **kwargs)
    except Http404:
        return HttpResponse(status=404)
    except SuspiciousOperation:
        return HttpResponse(status=400)
    except Exception as error:  # as Django's handler, which is not in between here
        return _failed(error)
    return response


def _told(ring: Ring, taken: Taken) -> HttpResponse:
    try:
        return callbacks.answer_ring(ring, taken)
    except Exception as error:  # the same
        return _failed(error)


def _failed(error: Exception) -> HttpResponse:
    """Whatever it is, the carrier is told to ask again."""
    log.error("callback_failed", exc_info=error)
    return HttpResponse(status=500)
