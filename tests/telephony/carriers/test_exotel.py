"""Exotel keeps the contract, as far as it signs and ends calls."""

import base64
import dataclasses
import json
from urllib.parse import quote

import pytest

from accounts import workspaces
from common import clock
from common.ids import token
from telephony import (
    connections,
    dialing,
    draining,
    legs,
    media_tokens,
    numbers,
    phone_calls,
    turned_away,
)
from telephony.carrier import (
    AudioIn,
    CarrierError,
    Digit,
    Malformed,
    Marked,
    Started,
    Stopped,
)
from telephony.carriers.exotel.callbacks import e164
from telephony.carriers.exotel.media import Media
from telephony.models import Call, CarrierConnection, Leg, Number
from tests.doubles.carriers import CALLER, NUMBER
from tests.doubles.exotel import ACCOUNT, FLOW, KEY, TOKEN, Exotel
from tests.telephony.carriers.contract import BASE, CALL, CarrierContract


class TestExotel(CarrierContract):
    double = Exotel

    def set_by_hand(self, carrier, number):
        carrier.pasted(numbers.answer_url(number))

    def mutations(self, carrier):
        good = carrier.ring(BASE, CALL)
        url, _, key = carrier.voicebot_url.partition("?key=")
        rest = good.url.partition(key)[2]

        def keyed(other):
            return dataclasses.replace(good, url=f"{url}?key={other}{rest}")

        def headed(**headers):
            return dataclasses.replace(keyed(""), headers=headers)

        basic = base64.b64encode(f"{KEY}:{TOKEN}".encode()).decode()
        return [
            ("no key", dataclasses.replace(good, url=f"{url}?{rest[1:]}")),
            ("an empty one", keyed("")),
            ("cut off", keyed(key[:-1])),
            ("one letter more", keyed(key + "x")),
            ("another case", keyed(key.swapcase())),
            ("another letter", keyed(("b" if key[0] == "a" else "a") + key[1:])),
            ("a blank before", keyed("%20" + key)),
            ("a zero byte", keyed(key + "%00")),
            ("letters of another script", keyed(quote("é") + key[1:])),
            ("somebody else's", keyed(token())),
            ("the account's token", keyed(TOKEN)),
            ("the account's name", keyed(ACCOUNT)),
            (
                "by another name",
                dataclasses.replace(good, url=f"{url}?Key={key}{rest}"),
            ),
            ("in a header", headed(key=key)),
            ("in a cookie", headed(Cookie=f"key={key}")),
            ("the API's credentials", headed(Authorization=f"Basic {basic}")),
            ("a bad one behind the good one", keyed(f"{key}&key=x")),
        ]

    # ---- a flow is filled in by hand: nobody can read it, and a call proves it

    def test_a_number_is_bound_and_looked_at(self, client, number, carrier):
        assert number.binding == Number.Binding.MANUAL_REQUIRED
        assert f"flow {FLOW}" in number.binding_error
        assert carrier.bound_to(NUMBER) == numbers.answer_url(number)
        assert not numbers.webhook(number)["verified"]

        assert carrier.stream(self.rings(client, carrier))

        number.refresh_from_db()
        assert numbers.webhook(number) == {
            "status": "configured",
            "provider": "exotel",
            "webhookUrl": numbers.answer_url(number),
            "verified": True,
        }
        assert numbers.bind(number).binding == Number.Binding.CONFIGURED

    def test_another_account_must_prove_itself_anew(
        self, client, number, carrier, connection
    ):
        assert carrier.stream(self.rings(client, carrier))
        Leg.objects.update(state=Leg.State.COMPLETED)

        connections.connect(
            workspace=connection.workspace,
            provider="exotel",
            credentials=carrier.credentials,
            by=None,
        )

        number.refresh_from_db()
        assert numbers.bind(number).binding == Number.Binding.MANUAL_REQUIRED

    def test_a_simulated_call_proves_nothing(self, number, carrier):
        from telephony import simulating

        simulating.ring(number)

        number.refresh_from_db()
        assert number.binding == Number.Binding.MANUAL_REQUIRED

    def test_a_key_that_may_not_change_numbers_leaves_it_to_people(
        self, number, carrier
    ):
        carrier.may_bind = False
        carrier.numbers["sid-1"]["voice_url"] = ""

        assert numbers.bind(number).binding == Number.Binding.MANUAL_REQUIRED

    def test_a_key_of_another_workspace_opens_nothing(
        self, client, number, carrier, owner
    ):
        other = workspaces.found(owner=owner, name="Elsewhere")
        theirs = CarrierConnection.objects.create(
            workspace=other, provider="exotel", credentials={"a": "b"}, masked="x"
        )
        url = numbers.answer_url(number).partition("=")[0] + "=" + theirs.callback_key

        asked = carrier.pasted(url).ring(BASE, CALL)

        assert asked.of(client).status_code == 403

    def test_hosts_of_others_are_never_asked(self, carrier, workspace, owner):
        wrong = {**carrier.credentials, "subdomain": "169.254.169.254"}

        with pytest.raises(connections.BadCredentials, match=r"api\.in\.exotel\.com"):
            connections.connect(
                workspace=workspace, provider="exotel", credentials=wrong, by=owner
            )

        assert carrier.requests == []

    # ---- calls that are turned away

    def refused(self, client, carrier, reason):
        """It reads no sentence out: a stream is opened for it, with a token of its own."""
        url, token, _ = carrier.stream(self.rings(client, carrier))
        call = Call.objects.filter(direction="inbound").latest("id")
        assert (call.error_code, call.charge_micros) == (reason, 0)
        assert not call.is_live()
        _, again, _ = carrier.stream(self.rings(client, carrier))
        assert again != token
        assert Call.objects.filter(direction="inbound", error_code=reason).count() == 1
        claimed = media_tokens.claim(token, now=clock.now(), carrier_call_id=CALL)
        assert claimed.call == call
        return turned_away.words(reason)

    def test_a_restart_says_nothing(self, client, number, carrier, monkeypatch):
        monkeypatch.setattr(draining, "is_on", lambda: True)

        answer = self.rings(client, carrier)

        assert carrier.stream(answer) is None
        assert Call.objects.get().error_code == "draining"

    # ---- calls that we place

    @pytest.fixture
    def placed(self, number, carrier, published):
        call, leg = phone_calls.place(phone_calls.Wanted(agent=published, to=CALLER))
        dialing.dial(leg.id, now=clock.now())
        leg.refresh_from_db()
        return leg

    def test_a_call_is_placed_into_the_flow(self, client, placed, carrier):
        (line,) = carrier.lines.values()
        assert (placed.state, placed.carrier_call_id) == ("dialed", line.id)
        assert (line.to, line.from_number) == (CALLER, NUMBER)

        url, token, _ = carrier.stream(carrier.placed(line.id).of(client))

        assert url == "wss://voice.example/media/exotel/"
        claimed = media_tokens.claim(token, now=clock.now(), carrier_call_id=line.id)
        assert claimed.call_id == placed.call_id
        assert Call.objects.count() == 1

    def test_one_who_answers_before_we_know_the_call_is_known_by_its_line(
        self, client, placed, carrier
    ):
        Leg.objects.update(carrier_call_id="", state="dialing")
        (line,) = carrier.lines.values()

        assert carrier.stream(carrier.placed(line.id).of(client))

        placed.refresh_from_db()
        assert placed.carrier_call_id == line.id

    def test_a_call_that_we_did_not_place_is_refused(self, client, placed, carrier):
        (line,) = carrier.lines.values()
        for more in ({"CustomField": ""}, {"CustomField": "x"}):
            asked = carrier.placed(line.id, CallSid="f" * 32, **more)
            assert asked.of(client).status_code == 403
        assert Call.objects.count() == 1

    @pytest.mark.parametrize(
        ("told", "status"),
        [("busy", "busy"), ("no_answer", "no_answer"), ("failed", "failed")],
    )
    def test_nobody_there_ends_the_call(self, client, placed, carrier, told, status):
        (line,) = carrier.lines.values()
        url = line.fields["StatusCallback"]

        answers = [carrier.told(url, line.id, told).of(client) for _ in range(3)]

        assert {answer.status_code for answer in answers} == {200}
        call = Call.objects.get()
        assert (call.status, call.charge_micros) == (status, 0)

    def test_a_status_in_json_is_read_too(self, client, placed, carrier):
        (line,) = carrier.lines.values()
        said = {"CallSid": line.id, "Status": "busy", "DateUpdated": "2026-11-26 10:00"}
        asked = dataclasses.replace(
            carrier.told(line.fields["StatusCallback"], line.id, "busy"),
            body=json.dumps(said).encode(),
            content_type="application/json",
        )

        assert asked.of(client).status_code == 200

        assert Call.objects.get().status == "busy"

    # ---- what it cannot, it says

    def test_a_call_is_handed_over_by_the_applet_behind(
        self, client, number, carrier, connection
    ):
        assert carrier.stream(self.rings(client, carrier))
        leg = Leg.objects.select_related("connection", "number").get()
        with pytest.raises(CarrierError, match="Connect applet"):
            legs.hand_over(leg, "+919876543210")
        kept = {**connection.credentials, "connect_applet": "yes"}
        type(connection).objects.update(credentials=kept)
        leg.connection.refresh_from_db()

        legs.hand_over(leg, "+919876543210")

        resume = carrier.voicebot_url.replace(
            "/inbound/exotel", "/inbound/exotel/resume"
        )
        answer = carrier.applet(resume, CALL).of(client)
        assert json.loads(answer.content) == {
            "fetch_after_attempt": False,
            "destination": {"numbers": ["+919876543210"]},
            "outgoing_phone_number": NUMBER,
        }
        Call.objects.update(status="completed", ended_at=clock.now())
        assert carrier.hangs_up(carrier.applet(resume, CALL).of(client))
        forged = carrier.applet(resume[:-1] + "~", CALL).of(client)
        assert forged.status_code == 403

    def test_it_presses_no_keys(self, connection):
        with pytest.raises(CarrierError, match="no keys"):
            connections.control_of(connection).send_digits("c", "1", "")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("+919876543210", "+919876543210"),
        ("09876543210", "+919876543210"),
        ("9876543210", "+919876543210"),
        ("01140123456", "+911140123456"),
        ("919876543210", "+919876543210"),
        ("anonymous", "anonymous"),
    ],
)
def test_numbers_come_as_indians_write_them(written, meant):
    assert e164(written) == meant


START = {
    "stream_sid": "S1",
    "call_sid": "C1",
    "account_sid": ACCOUNT,
    "from": CALLER,
    "to": NUMBER,
    "custom_parameters": {"token": "abc-_1"},
    "media_format": {
        "encoding": "audio/x-raw",
        "sample_rate": "16000",
        "bit_rate": "16",
    },
}


@pytest.fixture
def stream():
    stream = Media()
    said = {"event": "start", "stream_sid": "S1", "start": START}
    assert stream.receive(json.dumps({"event": "connected"})) is None
    assert stream.receive(json.dumps(said)) == Started("S1", "C1", {"token": "abc-_1"})
    return stream


def _payload(audio):
    return {"payload": base64.b64encode(audio).decode(), "chunk": "1"}


def test_its_stream_is_read(stream):
    said = [
        {"event": "media", "media": _payload(b"\1\0" * 1_600)},
        {"event": "dtmf", "dtmf": {"digit": "5", "duration": "100"}},
        {"event": "mark", "mark": {"name": "u1:end"}},
        {"event": "stop", "stop": {"reason": "callended"}},
        {"event": "media", "media": _payload(b"\1")},
        {"event": "media", "media": _payload(b"\1\0" * 16_001)},
        {"event": "start", "start": START},
        {"event": "nonsense"},
        [],
    ]

    events = [stream.receive(json.dumps(each)) for each in said]

    assert events[0] == AudioIn(b"\1\0" * 1_600)
    assert events[1:4] == [Digit("5"), Marked("u1:end"), Stopped()]
    assert all(isinstance(event, Malformed) for event in events[4:])


@pytest.mark.parametrize(
    "format",
    [
        {"encoding": "audio/x-mulaw", "sample_rate": "16000"},
        {"encoding": "audio/x-raw", "sample_rate": "8000"},
    ],
)
def test_a_stream_of_another_kind_is_not_begun(format):
    start = {"event": "start", "start": {**START, "media_format": format}}

    assert isinstance(Media().receive(json.dumps(start)), Malformed)


def test_its_stream_is_written_in_pieces_that_it_takes(stream):
    sent = [*stream.audio(b"\1" * 3_000), *stream.audio(b"\2" * 3_000)]
    sent += stream.mark("m")

    said = [json.loads(each) for each in sent]
    audio = [
        base64.b64decode(each["media"]["payload"])
        for each in said
        if each["event"] == "media"
    ]
    assert all(len(each) % 320 == 0 and 3_200 <= len(each) <= 100_000 for each in audio)
    assert b"".join(audio).rstrip(b"\0") == b"\1" * 3_000 + b"\2" * 3_000
    assert {each["stream_sid"] for each in said} == {"S1"}
    assert said[-1] == {"event": "mark", "stream_sid": "S1", "mark": {"name": "m"}}


def test_long_audio_is_cut_and_cleared_audio_forgotten(stream):
    sent = stream.audio(b"\1" * 192_400)
    stream.audio(b"\2" * 100)

    sizes = [len(base64.b64decode(json.loads(s)["media"]["payload"])) for s in sent]
    assert sizes == [96_000, 96_000]
    assert json.loads(stream.clear()) == {"event": "clear", "stream_sid": "S1"}
    assert len(stream.mark("m")) == 1
