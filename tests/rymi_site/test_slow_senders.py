"""Senders who trickle do not keep the web server from answering the others."""

import contextlib
import socket
import time
import urllib.request

import pytest

from tests import processes

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
HEADERS = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = (
    b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 100000\r\n\r\n"
)


@pytest.fixture(scope="module")
def port(django_db_setup):
    port = processes.free_port()
    process = processes.start(
        *("tests.rymi_site.hasty_web", "-b", "127.0.0.1", "-p", port),
        "rymi_site.asgi:application",
    )
    try:
        processes.wait_until_up(port, process)
        yield port
    finally:
        processes.stop(process)


def still_open(sockets):
    """Send one more byte on each; return those that are not closed yet."""
    alive = []
    for each in sockets:
        with contextlib.suppress(OSError):
            each.send(b"x")
            each.settimeout(0.01)
            try:
                if each.recv(1000):
                    alive.append(each)
            except TimeoutError:
                alive.append(each)
    return alive


@pytest.mark.parametrize("beginning", [HEADERS, BODY, b""])
def test_all_of_them_are_gone_in_time_and_others_are_served(port, beginning):
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(60)]
    for each in slow:
        each.sendall(beginning)
    alive, deadline = slow, time.monotonic() + 60

    while alive and time.monotonic() < deadline:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as reply:
            assert reply.status == 200
        time.sleep(0.2)
        alive = still_open(alive)

    for each in slow:
        each.close()
    assert alive == []
