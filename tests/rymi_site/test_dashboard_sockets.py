"""Dashboards' sockets on the real web server: too much closes one, and harms no other."""

import asyncio
import contextlib
import json
import os
import struct
import time
import urllib.request
import zlib
from pathlib import Path

import pytest
import websockets
from django.conf import settings
from django.test import Client

from rymi_site import processes as product
from tests import factories
from tests.rymi_site.web_process import running

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
LARGEST = int(product.MAX_MESSAGE)
MEGABYTE = 1_000_000
PAGE = os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def server(transactional_db):
    with running() as found:
        yield found


@pytest.fixture
def cookie(transactional_db):
    client = Client()
    client.force_login(factories.MembershipFactory(role="viewer").user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def board(server, cookie, **options):
    """Open a live board as its page does."""
    port, _ = server
    return websockets.connect(
        f"ws://127.0.0.1:{port}/ws/live/",
        origin=f"http://127.0.0.1:{port}",
        additional_headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"},
        max_size=None,
        **options,
    )


def resident(server):
    """Return the memory that the server holds, in bytes."""
    _, pid = server
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def health(server):
    port, _ = server
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as told:
        return json.loads(told.read())


async def closing_code(socket):
    """Wait until the server has closed; return its code."""
    await asyncio.wait_for(socket.wait_closed(), 30)
    return socket.close_code


async def send(socket, content):
    # It may have been too much already before it was over.
    with contextlib.suppress(websockets.ConnectionClosed):
        await socket.send(content)


def raw(length):
    """Return the head of a masked text frame that announces so many bytes."""
    return b"\x81\xff" + struct.pack(">Q", length) + b"\0\0\0\0"


async def too_long(socket):
    await send(socket, "x" * (LARGEST + 1))


async def a_megabyte(socket):
    await send(socket, "x" * MEGABYTE)


async def twenty_megabytes(socket):
    await send(socket, "x" * 20 * MEGABYTE)


async def an_impossible_length(socket):
    socket.transport.write(raw(2**62))


async def a_message_in_ever_more_pieces(socket):
    await send(socket, ("x" * 100 for _ in range(10_000)))


async def a_bomb(socket):
    if socket.protocol.extensions:
        await send(socket, "\0" * 20 * MEGABYTE)  # 20 kB on the wire
    else:  # compression was not agreed on: a compressed frame is against the rules
        squeezed = zlib.compress(bytes(MEGABYTE))
        head = b"\xc1\xfe" + struct.pack(">H", len(squeezed)) + b"\0\0\0\0"
        socket.transport.write(head + squeezed)


@pytest.mark.parametrize(
    ("attack", "compression"),
    [
        (too_long, None),
        (a_megabyte, None),
        (twenty_megabytes, None),
        (an_impossible_length, None),
        (a_message_in_ever_more_pieces, None),
        (a_bomb, "deflate"),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
async def test_too_much_closes_this_socket_alone(server, cookie, attack, compression):
    async with (
        board(server, cookie) as other,
        board(server, cookie, compression=compression) as socket,
    ):
        before = resident(server)
        began = time.monotonic()
        await attack(socket)
        code = await closing_code(socket)
        took = time.monotonic() - began

        assert code in (1002, 1006, 1007, 1009), code
        assert took < 20  # of a machine that others use, too
        assert resident(server) - before < 10 * MEGABYTE
        pong = await other.ping()
        await asyncio.wait_for(pong, 10)
    assert await asyncio.to_thread(health, server) == {"status": "ok"}


async def test_what_is_allowed_is_borne(server, cookie):
    async with board(server, cookie) as socket:
        await socket.send("x" * 60_000)
        await socket.send(b"\0\1\2")
        await socket.send("{not json")

        pong = await socket.ping()
        await asyncio.wait_for(pong, 10)


async def test_a_page_of_another_origin_gets_no_board(server, cookie):
    port, _ = server
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with websockets.connect(
            f"ws://127.0.0.1:{port}/ws/live/",
            origin="https://evil.example",
            additional_headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"},
        ):
            pass

    assert refused.value.response.status_code == 403
    # The session is real: the same one opens a board from our own page.
    async with board(server, cookie) as socket:
        await (await socket.ping())
