"""A vendor's WebSocket, without a task, a queue or a coroutine per frame.

Callbacks run on the loop's thread while the frame is read: picows is C and calls
straight through. Whatever goes wrong is told once, by ``on_lost``.
"""

import asyncio
import binascii
import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

import orjson
from picows import WSCloseCode, WSListener, WSMsgType, ws_connect
from picows.common import WSError, WSHandshakeError

from providers import faults, public_socket
from providers.account import Account
from providers.errors import ProviderError

_LARGEST = 4 * 1024 * 1024  # bytes of one message
_PING_AFTER = 10.0  # s without a frame
_PONG_WITHIN = 5.0  # s

log = logging.getLogger(__name__)


class Wire(WSListener):
    """One connection; made by ``connect``."""

    def __init__(
        self,
        account: Account,
        on_message: Callable[[Any], None],
        on_lost: Callable[[ProviderError], None],
        on_audio: Callable[[bytes], None] | None = None,
    ) -> None:
        self._on_audio = on_audio
        self._provider = account.provider
        self._hide = account.credentials.values()
        self._on_message = on_message
        self._on_lost = on_lost
        self._transport: Any = None
        self._parts = b""  # of a message that comes in several frames
        self._closed = False
        self.is_open = False  # ``connect`` has returned
        self.lost: ProviderError | None = None  # before that

    # ---- ours

    def send(self, message: Any) -> None:
        """Send JSON; a lost connection swallows it."""
        if not self._closed:
            self._transport.send(WSMsgType.TEXT, orjson.dumps(message))

    def send_text(self, text: bytes) -> None:
        """Send JSON that is ready made."""
        if not self._closed:
            self._transport.send(WSMsgType.TEXT, text)

    def send_audio(self, audio: bytes) -> None:
        """Send a binary message."""
        if not self._closed:
            self._transport.send(WSMsgType.BINARY, audio)

    def close(self) -> None:
        """Hang up; nothing is told any more. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        if self._transport:
            self._transport.send_close(WSCloseCode.OK)
            self._transport.disconnect()

    # ---- picows'

    def on_ws_connected(self, transport: Any) -> None:
        self._transport = transport
        if self._closed:
            transport.disconnect()  # nobody waits for it any more

    def on_ws_frame(self, transport: Any, frame: Any) -> None:
        kind = frame.msg_type
        if self._closed or kind in (WSMsgType.PING, WSMsgType.PONG):
            return
        if kind is WSMsgType.CLOSE or kind == WSMsgType.CLOSE:
            self._lose(self._closing(frame))
        elif self._on_audio and kind == WSMsgType.BINARY and frame.fin:
            self._on_audio(frame.get_payload_as_bytes())
        elif frame.fin and not self._parts:
            self._take(frame.get_payload_as_memoryview())
        else:
            self._join(frame)

    def on_ws_disconnected(self, transport: Any) -> None:
        self._lose(faults.lost(self._provider))

    def _join(self, frame: Any) -> None:
        self._parts += frame.get_payload_as_bytes()
        if len(self._parts) > _LARGEST:
            self._lose(faults.garbage(self._provider))
        elif frame.fin:
            whole, self._parts = self._parts, b""
            self._take(whole)

    def _take(self, payload: bytes | memoryview) -> None:
        try:
            self._on_message(orjson.loads(payload))
        except (
            ValueError,
            KeyError,
            TypeError,
            IndexError,
            AttributeError,
            binascii.Error,
        ):
            log.exception("vendor message could not be read")
            self._lose(faults.garbage(self._provider))

    def _closing(self, frame: Any) -> ProviderError:
        """A policy close (1008), and one for what we sent (1007), are the vendor's
        "no"; all others may pass."""
        words = bytes(frame.get_close_message() or b"").decode("utf-8", "replace")
        code = int(
            getattr(frame.get_close_code(), "value", frame.get_close_code()) or 0
        )
        if code in (WSCloseCode.POLICY_VIOLATION.value, WSCloseCode.INVALID_TEXT.value):
            return faults.of_status(self._provider, 400, _as_error(words), self._hide)
        return faults.lost(self._provider, f"{code} {words}".strip())

    def _lose(self, error: ProviderError) -> None:
        if self._closed:
            return
        self._closed = True
        if self._transport:
            self._transport.disconnect()
        if self.is_open:
            self._on_lost(error)
        else:
            self.lost = error


async def connect(
    account: Account,
    url: str,
    headers: Mapping[str, str],
    *,
    within: float,
    on_message: Callable[[Any], None],
    on_lost: Callable[[ProviderError], None],
    on_audio: Callable[[bytes], None] | None = None,
) -> Wire:
    """Open a connection; ``on_message`` gets each message's parsed JSON, ``on_audio``
    the binary ones.

    Raises ``ProviderError``; ``on_lost`` is called only after this returned.
    """
    wire = Wire(account, on_message, on_lost, on_audio)
    try:
        await _shake_hands(wire, account, url, headers, within)
    except BaseException:
        wire.close()  # the vendor may still answer
        raise
    if wire.lost:
        raise wire.lost
    wire.is_open = True
    return wire


async def _shake_hands(
    wire: Wire, account: Account, url: str, headers: Mapping[str, str], within: float
) -> None:
    try:
        async with asyncio.timeout(within):
            await ws_connect(
                lambda: wire,
                url,
                ssl_context=_tls() if url.startswith("wss:") else None,
                extra_headers=dict(headers),
                # Only by this is a socket closed whose vendor never answers.
                websocket_handshake_timeout=within,
                enable_auto_ping=True,
                auto_ping_idle_timeout=_PING_AFTER,
                auto_ping_reply_timeout=_PONG_WITHIN,
                max_frame_size=_LARGEST,
                max_redirects=0,
                socket_factory=_public_socket if account.public_only else None,
                logger_name=log,
            )
    except TimeoutError:
        raise faults.late(account.provider, "no connection") from None
    except WSHandshakeError as error:
        raise _refusal(account, error) from error
    except public_socket.NotPublic:
        raise faults.not_public(account.provider) from None
    except ValueError as error:  # brackets without an address in them
        raise faults.no_address(account.provider) from error
    except (WSError, OSError) as error:
        log.info("vendor cannot be reached", exc_info=error)
        raise faults.unreachable(account.provider) from error


def _refusal(account: Account, error: WSHandshakeError) -> ProviderError:
    if error.response is None:
        return faults.lost(account.provider)
    status = HTTPStatus(error.response.status).value
    headers = dict(error.response.headers.items())
    return faults.of_reply(account, status, error.raw_body or b"", headers)


def _as_error(words: str) -> bytes:
    return orjson.dumps({"message": words})


@cache
def _tls() -> ssl.SSLContext:
    """Read the certificates once: that takes 20 ms."""
    return ssl.create_default_context()


async def _public_socket(url: Any) -> socket.socket:
    return await public_socket.connected(url.host, url.port)
