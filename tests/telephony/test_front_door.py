"""Carriers' requests, past everything that pages need."""

import asyncio
from urllib.parse import urlsplit

import pytest
from asgiref.testing import ApplicationCommunicator

from telephony import callbacks, inbound
from telephony.front_door import FrontDoor
from telephony.models import Call
from tests.doubles.twilio import Twilio
from tests.reception import BASE

pytestmark = pytest.mark.django_db(transaction=True)


async def elsewhere(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"elsewhere"})


def scope_of(path, headers=(), method="POST"):
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers],
    }


def put(scope, *bodies):
    """Put a request in pieces to the door; return status, headers and body."""

    async def story():
        door = ApplicationCommunicator(FrontDoor(elsewhere), scope)
        for number, body in enumerate(bodies, 1):
            more = number < len(bodies)
            await door.send_input(
                {"type": "http.request", "body": body, "more_body": more}
            )
        start = await door.receive_output(10)
        content = await door.receive_output(10)
        return start["status"], dict(start["headers"]), content["body"].decode()

    return asyncio.run(story())


def ring(asked, *bodies):
    headers = [*asked.headers.items(), ("Content-Type", asked.content_type)]
    return put(scope_of(urlsplit(asked.url).path, headers), *(bodies or [asked.body]))


def test_a_call_that_comes_in_is_answered(number, twilio):
    asked = twilio.ring(BASE)
    half = len(asked.body) // 2

    status, headers, body = ring(asked, asked.body[:half], asked.body[half:])

    assert status == 200
    assert headers[b"content-type"].startswith(b"text/xml")
    assert headers[b"content-length"] == str(len(body)).encode()
    assert "<Stream " in body
    assert Call.objects.get().status == "queued"


def test_a_forged_one_is_refused(number, twilio):
    asked = twilio.ring(BASE)
    asked.headers = {"X-Twilio-Signature": Twilio.signature(asked.url, {})}

    assert ring(asked)[0] == 403
    assert not Call.objects.exists()


@pytest.mark.parametrize("path", ["/inbound/nobody", "/inbound/", "/inbound/a/b/c"])
def test_no_such_carrier(path):
    assert put(scope_of(path), b"")[0] == 404


def test_only_what_carriers_send_by(number):
    assert put(scope_of("/inbound/twilio", method="DELETE"), b"")[0] == 405


def test_a_body_that_is_far_too_long(number, twilio):
    piece = b"a=" + b"b" * callbacks.MAX_BODY

    assert put(scope_of("/inbound/twilio"), piece, piece, b"c")[0] == 404


def test_something_broken_is_told_and_the_carrier_asks_again(
    number, twilio, monkeypatch
):
    def broken(*_):
        raise RuntimeError("broken")

    monkeypatch.setattr(inbound, "receive_together", broken)

    assert ring(twilio.ring(BASE))[0] == 500


def test_everything_else_goes_on(settings):
    assert put(scope_of("/healthz"), b"")[0] == 418
