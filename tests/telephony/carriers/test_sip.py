"""SIP trunks keep the contract, as far as a trunk can be asked anything."""

import dataclasses
from datetime import timedelta

import pytest

from common import clock
from telephony import (
    connections,
    dialing,
    legs,
    media_tokens,
    numbers,
    phone_calls,
    turned_away,
)
from telephony.carrier import CarrierError, Dial
from telephony.livekit import keypads
from telephony.models import Call, Leg, Number, RoomVisit
from tests.doubles.carriers import CALLER, NUMBER
from tests.doubles.livekit import KEY, PASSWORD, SECRET, LiveKit
from tests.doubles.server import in_a_thread, strictly
from tests.telephony.carriers.contract import BASE, IN_ANY_ORDER, CarrierContract

ROOM = "in-+15550100200_aZ9"
LINE = f"{ROOM}/sip_{CALLER}"  # as LiveKit has it; we keep no caller's number in a name


class TestSip(CarrierContract):
    double = LiveKit

    @pytest.fixture(autouse=True)
    def public(self, settings):
        settings.PUBLIC_BASE_URL = settings.MEDIA_BASE_URL = BASE
        settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = KEY, SECRET
        settings.LIVEKIT_SIP_ADDRESS = "sip.voice.example:5060"

    @pytest.fixture
    def carrier(self, settings, django_capture_on_commit_callbacks):
        with strictly(self.double()) as double:
            settings.LIVEKIT_URL = double.url.replace("http", "ws")
            self.commits = django_capture_on_commit_callbacks
            yield double

    def rings(self, client, carrier, call_id=LINE, **how):
        call_id = call_id if "/" in call_id else f"in-{call_id}/sip_1"
        with self.commits(execute=True):
            return carrier.ring(BASE, call_id, **how).of(client)

    def mutations(self, carrier):
        good = carrier.ring(BASE, LINE)
        url, body = good.url, good.body.decode()
        token = good.headers["Authorization"]

        def bent(**how):
            return dataclasses.replace(good, **how)

        def headed(value):
            return bent(headers={"Authorization": value})

        def signed(**how):
            return carrier.signed(url, body, **how)

        head, claims, signature = token.split(".")
        return [
            ("a byte of the body", bent(body=good.body.replace(b"active", b"actiVe"))),
            ("a byte more", bent(body=good.body + b" ")),
            ("another order", bent(body=good.body.replace(b": ", b":"))),
            ("no body", bent(body=b"")),
            ("no token", bent(headers={})),
            ("an empty one", headed("")),
            ("cut off", headed(token[:-4])),
            ("two", headed(f"{token}, {token}")),
            ("without its signature", headed(f"{head}.{claims}.")),
            ("with another signature", headed(f"{head}.{claims}.{signature[::-1]}")),
            ("an old one", signed(life_s=-120)),
            ("another secret", signed(secret="f" * 48)),
            ("another key", signed(key="APIother")),
            ("of another body", signed(hashed="{}")),
            ("letters of another script", headed("é" + token[1:])),
            ("not text", bent(body=b"\xff\xfe")),
        ]

    # ---- a trunk cannot be tried without a call

    def test_good_credentials_are_kept_encrypted(self, connection, carrier):
        super().test_good_credentials_are_kept_encrypted(connection, carrier)
        assert connection.account_name == "SIP sip.carrier.example"

    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            ("address", "127.0.0.1", "public internet"),
            ("address", "169.254.169.254:5060", "public internet"),
            ("address", "localhost", "public internet"),
            ("address", "livekit.internal", "public internet"),
            ("address", "0x7f.1", "public internet"),
            ("address", "sip.carrier.example:0", "no port"),
            ("transport", "carrier pigeon", "udp, tcp or tls"),
            ("numbers", "12", "not a number"),
            ("allowed_addresses", "everybody", "no IP address"),
            ("password", "", "anybody could call in"),
        ],
    )
    def test_wrong_credentials_change_nothing(
        self, carrier, workspace, owner, name, value, told
    ):
        wrong = {**carrier.credentials, name: value}

        with pytest.raises(connections.BadCredentials, match=told):
            connections.connect(
                workspace=workspace, provider="sip", credentials=wrong, by=owner
            )

        assert not workspace.carrier_connections.exists()

    @pytest.mark.parametrize("fault", ["500", "503", "429", "refuse", "cut", "garbage"])
    def test_a_carrier_that_fails_is_no_verdict(
        self, settings, workspace, owner, fault
    ):
        with in_a_thread(self.double(fault=fault)) as double:
            settings.LIVEKIT_URL = double.url

            with pytest.raises(connections.CarrierFailed):
                connections.connect(
                    workspace=workspace,
                    provider="sip",
                    credentials=double.credentials,
                    by=owner,
                )

        assert not workspace.carrier_connections.exists()

    @pytest.mark.parametrize("secret", ["", "wrong" * 8])
    def test_without_a_livekit_server_it_says_who_can_mend_it(
        self, settings, carrier, workspace, owner, secret
    ):
        settings.LIVEKIT_API_SECRET = secret

        with pytest.raises(connections.BadCredentials, match="LIVEKIT_API_SECRET"):
            connections.connect(
                workspace=workspace,
                provider="sip",
                credentials=carrier.credentials,
                by=owner,
            )

    # ---- numbers

    def test_a_trunk_that_somebody_else_made_is_left_alone(
        self, number, carrier, connection
    ):
        for trunk in carrier.inbound.values():
            trunk.name = "made by hand"

        assert numbers.bind(number).binding == Number.Binding.FAILED
        assert "Another trunk" in number.binding_error
        assert len(carrier.inbound) == 1

    def test_new_credentials_replace_the_trunk(self, number, carrier, connection):
        (old,) = carrier.inbound
        kept = {**connection.credentials, "password": "another-" + "q" * 20}
        type(connection).objects.update(credentials=kept)

        assert numbers.bind(number).binding == Number.Binding.CONFIGURED

        (new,) = carrier.inbound.values()
        assert new.sip_trunk_id != old
        assert new.auth_password == kept["password"]
        assert len(carrier.rules) == 1

    def test_a_number_that_is_removed_is_taken_no_more(self, number, carrier, owner):
        numbers.remove(number, by=owner)

        assert not carrier.inbound
        assert not carrier.rules

    # ---- calls that come in

    def test_a_call_gets_a_stream_with_a_token(self, client, number, carrier):
        room, token, _ = carrier.stream(self.rings(client, carrier))

        leg = Leg.objects.select_related("call").get()
        assert room == ROOM
        assert (leg.call.caller, leg.call.direction) == (CALLER, "inbound")
        assert leg.carrier_call_id == ROOM
        claimed = media_tokens.claim(token, now=clock.now(), carrier_call_id=ROOM)
        assert claimed.call_id == leg.call_id

    def test_the_token_is_of_that_call_alone(self, client, number, carrier):
        _, token, _ = carrier.stream(self.rings(client, carrier))

        assert not media_tokens.claim(token, now=clock.now(), carrier_call_id="x/y")
        assert media_tokens.claim(token, now=clock.now(), carrier_call_id=ROOM)

    def test_a_call_that_rings_three_times_is_one(self, client, number, carrier, purse):
        asked = carrier.ring(BASE, LINE)

        answers = [asked.of(client) for _ in range(3)]

        assert {answer.status_code for answer in answers} == {200}
        assert Call.objects.count() == RoomVisit.objects.count() == 1

    def refused(self, client, carrier, reason):
        """Somebody goes to the room to say so, and the room is closed behind them."""
        room, token, _ = carrier.stream(self.rings(client, carrier))
        assert room == ROOM
        call = Call.objects.filter(direction="inbound").latest("id")
        assert (call.error_code, call.charge_micros) == (reason, 0)
        claimed = media_tokens.claim(token, now=clock.now(), carrier_call_id=ROOM)
        assert claimed.call == call
        assert not call.is_live()
        assert carrier.stream(self.rings(client, carrier)) is None
        assert call.room_visits.count() == 1
        return turned_away.words(reason)

    def test_one_to_whom_nobody_comes_is_put_out(self, client, number, carrier):
        Number.objects.update(
            hours={"days": [], "start": "09:00", "end": "09:01", "time_zone": "UTC"}
        )
        self.rings(client, carrier)
        later = clock.now() + timedelta(seconds=60)

        for leg_id in legs.due(later):
            legs.reconcile(leg_id, now=later)

        assert carrier.lines[LINE].actions == ["hang up"]
        assert Call.objects.get().error_code == "outside_hours"

    def test_nobody_says_anything_where_no_agent_is(self, client, number, carrier):
        Number.objects.update(agent=None)

        assert carrier.stream(self.rings(client, carrier)) is None

        assert carrier.lines[LINE].actions == ["hang up"]

    def test_a_request_without_any_secret_of_ours_is_refused(
        self, client, number, carrier, settings
    ):
        settings.LIVEKIT_API_SECRET = ""

        assert self.rings(client, carrier).status_code == 403

    def test_a_number_of_another_trunk_reaches_nobody(self, client, number, carrier):
        Number.objects.update(carrier_ref="ST_other")

        assert self.rings(client, carrier).status_code == 200
        assert not Call.objects.exists()

    def test_a_callback_of_another_call_is_refused(self, client, number, carrier):
        self.rings(client, carrier)

        carrier.told(BASE, "in-x/sip_9", "completed").of(client)

        assert Call.objects.get().is_live()

    @IN_ANY_ORDER
    def test_callbacks_in_any_order_end_the_call_once(
        self, client, number, carrier, purse, states
    ):
        self.rings(client, carrier)
        for state in states:
            assert carrier.told(BASE, LINE, state).of(client).status_code == 200

        assert Leg.objects.get().state == "completed"
        call = Call.objects.get()
        purse.refresh_from_db()
        assert call.status == "canceled"
        assert (purse.held_micros, call.charge_micros) == (0, 0)

    def test_its_own_address_is_the_only_door(self, client, number, carrier):
        asked = dataclasses.replace(carrier.ring(BASE, LINE), url=f"{BASE}/inbound/sip")

        assert asked.of(client).status_code == 404

    def test_a_line_that_came_in_is_looked_up_and_hung_up(
        self, client, number, carrier, connection
    ):
        self.rings(client, carrier)
        control = connections.control_of(connection)
        assert control.look_up(ROOM).state == "answered"

        control.hang_up(ROOM)
        control.hang_up(ROOM)  # it is over: no error

        assert carrier.lines[LINE].actions == ["hang up"]
        assert control.look_up(ROOM).state == "completed"
        with pytest.raises(CarrierError, match="over"):
            control.transfer(ROOM, "+15550100400", NUMBER)

    def test_no_callers_number_is_kept_in_a_name(self, client, number, carrier):
        (rule,) = carrier.rules.values()
        assert rule.rule.dispatch_rule_callee.randomize

        self.rings(client, carrier)

        kept = str(Leg.objects.values("carrier_call_id")) + str(
            RoomVisit.objects.values()
        )
        assert CALLER not in kept

    # ---- calls that we place

    @pytest.fixture
    def placed(self, number, carrier, published):
        _, leg = phone_calls.place(phone_calls.Wanted(agent=published, to=CALLER))
        dialing.dial(leg.id, now=clock.now())
        leg.refresh_from_db()
        return leg

    def test_somebody_is_dialled_into_the_calls_room(self, placed, carrier):
        (line,) = carrier.lines.values()
        asked, (trunk,) = line.fields["asked"], carrier.outbound.values()
        assert placed.state == "dialed"
        assert placed.carrier_call_id == line.id == f"call_{placed.call_id}/{placed.pk}"
        assert (line.to, line.from_number) == (CALLER, NUMBER)
        assert asked.ringing_timeout.seconds == dialing.RING_S
        assert not asked.wait_until_answered
        assert trunk.address == "sip.carrier.example:5061"
        assert (trunk.auth_username, trunk.auth_password) == ("harbour", PASSWORD)
        visit = RoomVisit.objects.get()
        assert (visit.room, visit.leg_id) == (asked.room_name, placed.pk)

    def test_the_trunk_is_made_once(self, placed, carrier, published):
        _, leg = phone_calls.place(
            phone_calls.Wanted(agent=published, to="+15550100300")
        )
        dialing.dial(leg.id, now=clock.now())

        assert len(carrier.outbound) == 1
        assert RoomVisit.objects.count() == 2

    @pytest.mark.parametrize(
        ("told", "status"),
        [("busy", "busy"), ("no_answer", "no_answer"), ("failed", "failed")],
    )
    def test_nobody_there_ends_the_call(self, client, placed, carrier, told, status):
        for _ in range(3):
            carrier.told(BASE, placed.carrier_call_id, told).of(client)

        call = Call.objects.get()
        assert (call.status, call.charge_micros) == (status, 0)

    def test_a_line_that_tells_before_it_is_known_is_known_by_its_name(
        self, client, placed, carrier
    ):
        name = placed.carrier_call_id
        Leg.objects.update(carrier_call_id="", state="dialing")

        carrier.told(BASE, name, "ringing").of(client)

        placed.refresh_from_db()
        assert (placed.carrier_call_id, placed.state) == (name, "ringing")

    def test_a_line_of_which_nothing_is_known_is_looked_up(
        self, placed, carrier, connection
    ):
        control = connections.control_of(connection)
        room, _, line = placed.carrier_call_id.partition("/")

        found = control.find(Dial(CALLER, NUMBER, "", "", room=room, line=line), 0)

        assert (found.call_id, found.state) == (placed.carrier_call_id, "dialed")
        assert control.find(Dial(CALLER, NUMBER, "", "", room="x", line="y"), 0) is None

    def test_a_line_is_handed_over_by_refer_and_hung_up(
        self, placed, carrier, connection
    ):
        carrier.lines[placed.carrier_call_id].status = "active"
        leg = Leg.objects.select_related("connection", "number").get()

        legs.hand_over(leg, "+15550100400")

        line = carrier.lines[placed.carrier_call_id]
        assert line.actions == ["tel:+15550100400"]
        connections.control_of(connection).hang_up(line.id)  # it is over: no error
        assert connections.control_of(connection).look_up(line.id).state == "completed"

    def test_keys_are_pressed_by_the_agent_in_the_room(self, connection):
        control, pressed = connections.control_of(connection), []
        with pytest.raises(CarrierError, match="Keys"):
            control.send_digits("in-1/x", "1", "")

        keypads.add("in-1", pressed.append)
        control.send_digits("in-1/x", "12w#", "")
        control.send_digits("in-1", "9", "")
        keypads.remove("in-1", pressed.append)

        assert pressed == ["12w#", "9"]
