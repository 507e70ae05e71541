"""Every socket path × visitor: without the right token or session nothing is heard."""

import json

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from rymi_site.asgi import application
from telephony import routing
from tests import factories

TOKEN = "x" * 43
# The first message of each media socket, with a token that nobody was given.
HELLOS = {
    "media/browser/": {"type": "hello", "token": TOKEN, "rate": 16_000},
    "media/twilio/": {
        "event": "start",
        "streamSid": "MZ1",
        "start": {
            "streamSid": "MZ1",
            "callSid": "CA1",
            "customParameters": {"token": TOKEN},
            "mediaFormat": {
                "encoding": "audio/x-mulaw",
                "sampleRate": 8000,
                "channels": 1,
            },
        },
    },
}
HELLOS["media/plivo/"] = {
    "event": "start",
    "start": {"streamId": "S1", "callId": "C1"},
    "extra_headers": {"token": TOKEN},
}
HELLOS["media/telnyx/"] = {
    "event": "start",
    "stream_id": "S1",
    "start": {"call_control_id": "C1", "client_state": "eHh4eA=="},
}
HELLOS["media/exotel/"] = {
    "event": "start",
    "start": {
        "stream_sid": "S1",
        "call_sid": "C1",
        "custom_parameters": {"token": TOKEN},
    },
}
HELLOS["media/vonage/"] = {
    "event": "websocket:connected",
    "content-type": "audio/l16;rate=16000",
    "call_id": "C1",
    "token": TOKEN,
}
HELLOS["media/room/"] = f"start:{TOKEN} C1"
# The load generator's socket, there only when RYMI_BENCH is set: a system check refuses
# it in production.
BENCH = "media/bench/"
SECRETS = ("viewer", "stranger", "anonymous")


def paths(patterns):
    found = [str(each.pattern).lstrip("^").rstrip("$?") for each in patterns]
    return [path for path in found if path and path.rstrip("/") + "/" != BENCH]


def test_every_socket_says_whom_it_is_for():
    assert set(paths(routing.media)) == set(HELLOS), "say its first message in HELLOS"
    unguarded = [
        str(each.pattern)
        for each in routing.dashboards
        if each.callback is not routing.nothing_here
        and not hasattr(getattr(each.callback, "consumer_class", None), "studio_right")
    ]
    assert unguarded == [], "a dashboard's consumer names its studio_right"


@pytest.fixture
def cookies(db):
    """Return the Cookie header of each visitor."""
    found = {"anonymous": b""}
    for name, role in (("viewer", "viewer"), ("stranger", "admin")):
        client = Client()
        client.force_login(factories.MembershipFactory(role=role).user)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        found[name] = f"{settings.SESSION_COOKIE_NAME}={value}".encode()
    return found


async def knock(path, cookie=b"", hello=None, origin=b"http://testserver"):
    """Open a socket, say hello, and return what was said until it closed."""
    headers = [(b"origin", origin), (b"host", b"testserver"), (b"cookie", cookie)]
    socket = WebsocketCommunicator(application, f"/{path}", headers=headers)
    said = []
    is_open, code = await socket.connect(timeout=5)
    if not is_open:
        return code, said
    if hello:
        text = hello if isinstance(hello, str) else json.dumps(hello)
        await socket.send_to(text_data=text)
    while True:
        message = await socket.receive_output(timeout=15)
        if message["type"] == "websocket.close":
            return message.get("code", 1000), said
        said.append(message.get("text") or message.get("bytes"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("visitor", SECRETS)
@pytest.mark.parametrize("path", HELLOS)
async def test_a_media_socket_wants_its_token(cookies, path, visitor):
    """A session does not help: the token alone opens a call."""
    code, said = await knock(path, cookies[visitor], HELLOS[path])

    assert code == 4401
    assert not any("ready" in str(each) for each in said)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["", "ws/calls/", "media/nothing/", "media"])
async def test_a_path_that_is_not_there_closes(path):
    code, said = await knock(path)

    assert code == 4404
    assert said == []


@pytest.mark.django_db(transaction=True)
async def test_a_foreign_page_opens_no_dashboard():
    code, _ = await knock("ws/calls/", origin=b"https://evil.example")

    assert code in (403, 4403, 1000)
