"""Telnyx keeps the contract, by commands."""

import base64
import dataclasses
import json
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from telephony.carrier import AudioIn, Digit, Malformed, Marked, Started, Stopped
from telephony.carriers.telnyx.media import Media
from tests.doubles.telnyx import Telnyx
from tests.telephony.carriers.contract import BASE, CALL, CarrierContract, Resumes


class TestTelnyx(Resumes, CarrierContract):
    double = Telnyx

    def mutations(self, carrier):
        good = carrier.ring(BASE, CALL)
        headers = good.headers
        at = int(time.time())
        signature = headers["telnyx-signature-ed25519"]

        def bent(**how):
            return dataclasses.replace(good, **how)

        def headed(**how):
            return bent(headers={**headers, **how})

        def signed(**how):
            payload = json.loads(good.body)["data"]["payload"]
            return carrier.signed(good.url, "call.initiated", payload, **how)

        return [
            ("a byte of the body", bent(body=good.body.replace(b"parked", b"Parked"))),
            ("the order of the body", bent(body=good.body.replace(b": ", b":"))),
            ("a byte more", bent(body=good.body + b" ")),
            ("no signature", bent(headers={"telnyx-timestamp": str(at)})),
            ("no time", bent(headers={"telnyx-signature-ed25519": signature})),
            ("another time", headed(**{"telnyx-timestamp": str(at - 9)})),
            ("no number for a time", headed(**{"telnyx-timestamp": "now"})),
            ("an old one", signed(at=at - 310)),
            ("one of the future", signed(at=at + 310)),
            ("an empty one", headed(**{"telnyx-signature-ed25519": ""})),
            ("another secret", signed(signer=Ed25519PrivateKey.generate())),
            (
                "two",
                headed(**{"telnyx-signature-ed25519": f"{signature},{signature}"}),
            ),
            ("cut off", headed(**{"telnyx-signature-ed25519": signature[:-8]})),
            ("letters of another script", headed(**{"telnyx-signature-ed25519": "é"})),
        ]

    def test_a_stream_that_is_late_in_its_order_is_left_out(self):
        stream = Media()
        state = base64.b64encode(b"token").decode()
        start = {"call_control_id": "C1", "client_state": state}
        said = [{"event": "start", "stream_id": "S1", "start": start}] + [
            {"event": "media", "media": {"chunk": str(n), "payload": "/////w=="}}
            for n in (1, 3, 2, 4)
        ]

        events = [stream.receive(json.dumps(each)) for each in said]

        assert events[0] == Started("S1", "C1", {"token": "token"})
        assert [bool(event) for event in events[1:]] == [True, True, False, True]

    def test_what_comes_as_pcma_is_heard_as_pcmu(self):
        stream = Media()
        format = {"encoding": "PCMA", "sample_rate": 8000, "channels": 1}
        start = {"call_control_id": "C1", "media_format": format}
        said = [
            {"event": "start", "stream_id": "S1", "start": start},
            {
                "event": "media",
                "media": {"payload": base64.b64encode(b"\xd5" * 160).decode()},
            },
            {"event": "dtmf", "dtmf": {"digit": "9"}},
            {"event": "mark", "mark": {"name": "u1:end"}},
            {"event": "nonsense"},
            {"event": "stop"},
        ]

        events = [stream.receive(json.dumps(each)) for each in said]

        assert events[1] == AudioIn(b"\xfe" * 160)  # as quiet as PCMA can be
        assert events[2:4] == [Digit("9"), Marked("u1:end")]
        assert isinstance(events[4], Malformed)
        assert events[5] == Stopped()
