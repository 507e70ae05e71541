"""Vonage keeps the contract."""

import dataclasses
import json
import time

import pytest

from telephony import callbacks, numbers
from telephony.carrier import AudioIn, Digit, Malformed, Marked, Started
from telephony.carriers.vonage.media import Media
from tests.doubles.vonage import Vonage
from tests.telephony.carriers.contract import BASE, CALL, CarrierContract, Resumes


class TestVonage(Resumes, CarrierContract):
    double = Vonage

    def mutations(self, carrier):
        good = carrier.ring(BASE, CALL)
        said = json.loads(good.body)
        now = int(time.time())
        token = good.headers["Authorization"]

        def bent(**how):
            return dataclasses.replace(good, **how)

        def signed(**how):
            return carrier.signed(good.url, said, **how)

        def headed(value):
            return bent(headers={"Authorization": value})

        return [
            ("a byte of the body", bent(body=good.body.replace(b"from", b"From"))),
            ("the order of the body", bent(body=good.body.replace(b": ", b":"))),
            ("a byte more", bent(body=good.body + b" ")),
            ("no token", bent(headers={})),
            ("an empty one", headed("Bearer ")),
            ("another scheme", headed(token.replace("Bearer", "Basic"))),
            ("cut off", headed(token[:-4])),
            ("two", headed(f"{token}, {token}")),
            ("an old one", signed(iat=now - 310)),
            ("one of the future", signed(iat=now + 310)),
            ("another secret", signed(secret="f" * 50)),
            ("another account", signed(api_key="ffffffff")),
            ("another application", signed(application_id="other")),
            ("another issuer", signed(iss="Somebody")),
            ("no hash", signed(payload_hash="")),
            ("another algorithm", signed(algorithm="HS512")),
            ("none at all", signed(secret="", algorithm="none")),
        ]

    def test_without_a_signature_secret_the_key_in_the_address_counts(
        self, client, number, carrier, connection
    ):
        kept = {**connection.credentials, "signature_secret": ""}
        type(connection).objects.update(credentials=kept)
        connection.refresh_from_db()
        url = numbers.answer_url(number)
        assert connection.callback_key in url

        asked = dataclasses.replace(carrier.ring(BASE, CALL), url=url, headers={})
        forged = dataclasses.replace(asked, url=url[:-1] + "~")

        assert forged.of(client).status_code == 403
        assert carrier.stream(asked.of(client))

    def test_too_long_a_body_is_nothing(self, client, number, carrier):
        asked = carrier.ring(BASE, CALL)
        long = dataclasses.replace(asked, body=b"x" * (callbacks.MAX_BODY + 1))

        assert long.of(client).status_code == 404


@pytest.fixture
def stream():
    stream = Media()
    hello = {
        "event": "websocket:connected",
        "content-type": "audio/l16;rate=16000",
        "call_id": "C1",
        "token": "abc",
    }
    assert stream.receive(json.dumps(hello)) == Started("", "C1", {"token": "abc"})
    return stream


def test_its_stream_is_read(stream):
    said = [
        b"\0\1" * 320,
        json.dumps({"event": "websocket:dtmf", "digit": "9", "duration": 100}),
        json.dumps({"event": "websocket:notify", "payload": {"name": "u1:end"}}),
        b"\0",
        "nonsense",
    ]

    events = [stream.receive(each) for each in said]

    assert events[:3] == [AudioIn(b"\0\1" * 320), Digit("9"), Marked("u1:end")]
    assert all(isinstance(event, Malformed) for event in events[3:])
    assert isinstance(Media().receive(b"\0\1"), Malformed)


def test_its_stream_is_written_in_frames_of_20_ms(stream):
    sent = [*stream.audio(b"\1" * 1_000), *stream.audio(b"\2" * 300)]
    sent += stream.mark("m")

    assert [len(each) for each in sent[:-1]] == [640, 640, 640]
    assert b"".join(sent[:-1]) == (b"\1" * 1_000 + b"\2" * 300).ljust(1_920, b"\0")
    assert json.loads(sent[-1]) == {"action": "notify", "payload": {"name": "m"}}
    assert json.loads(stream.clear()) == {"action": "clear"}
