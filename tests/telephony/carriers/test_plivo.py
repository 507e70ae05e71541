"""Plivo keeps the contract."""

import dataclasses
import json

from telephony.carrier import AudioIn, Digit, Malformed, Marked, Started, Stopped
from telephony.carriers.plivo.media import Media
from tests.doubles.plivo import NONCE, Plivo
from tests.telephony.carriers.contract import BASE, CALL, CarrierContract, Resumes


class TestPlivo(Resumes, CarrierContract):
    double = Plivo

    def mutations(self, carrier):
        good = carrier.ring(BASE, CALL)
        form = carrier._form(CALL, "ringing", Event="StartApp")
        url = f"{BASE}/inbound/plivo"
        right = good.headers["X-Plivo-Signature-V3"]

        def bent(**how):
            return dataclasses.replace(good, **how)

        def headed(signature, nonce=NONCE):
            headers = {
                "X-Plivo-Signature-V3": signature,
                "X-Plivo-Signature-V3-Nonce": nonce,
            }
            return bent(headers=headers)

        return [
            (
                "a byte of the body",
                bent(body=good.body.replace(b"ringing", b"rinGing")),
            ),
            ("a field more", bent(body=good.body + b"&Extra=1")),
            ("a field less", bent(body=good.body.replace(b"&Direction=inbound", b""))),
            ("a query", bent(url=url + "?x=1")),
            ("a slash", bent(url=url + "/")),
            ("no signature", bent(headers={})),
            ("no nonce", bent(headers={"X-Plivo-Signature-V3": right})),
            ("another nonce", headed(right, "1" + NONCE[1:])),
            ("an empty one", headed("")),
            ("another secret", carrier.signed(url, form, "f" * 32)),
            ("an empty secret", carrier.signed(url, form, "")),
            ("another case", headed(right.swapcase())),
            ("letters of another script", headed("é" + right[1:])),
            ("of another address", headed(carrier.signature(BASE, form))),
        ]


def test_its_stream_is_read_and_written():
    stream = Media()
    start = {
        "streamId": "S1",
        "callId": "C1",
        "mediaFormat": {"encoding": "audio/x-mulaw"},
    }
    said = [
        {"event": "start", "start": start, "extra_headers": "{token=abc-_1}"},
        {"event": "media", "media": {"track": "inbound", "payload": "/////w=="}},
        {"event": "dtmf", "dtmf": {"digit": "9"}},
        {"event": "playedStream", "name": "u1:end"},
        {"event": "nonsense"},
        {"event": "stop"},
    ]

    events = [stream.receive(json.dumps(each)) for each in said]

    assert events[0] == Started("S1", "C1", {"token": "abc-_1"})
    assert events[1:4] == [AudioIn(b"\xff" * 4), Digit("9"), Marked("u1:end")]
    assert isinstance(events[4], Malformed)
    assert events[5] == Stopped()
    assert json.loads(stream.audio(b"\xff" * 4)) == {
        "event": "playAudio",
        "media": {
            "contentType": "audio/x-mulaw",
            "sampleRate": 8000,
            "payload": "/////w==",
        },
    }
    assert json.loads(stream.mark("m")) == {
        "event": "checkpoint",
        "streamId": "S1",
        "name": "m",
    }
    assert json.loads(stream.clear()) == {"event": "clearAudio", "streamId": "S1"}
