"""What every carrier must pass. A carrier's own file names its double and inherits."""

from unittest.mock import ANY

import pytest

from billing import proof, wallet
from common import clock
from telephony import connections, legs, media_tokens, numbers
from telephony.carrier import CallEvent
from telephony.models import Call, CarrierConnection, Leg, Number
from tests.doubles.carriers import CALLER, NUMBER
from tests.doubles.server import in_a_thread, strictly

BASE = "https://voice.example"
CALL = "CA" + "1" * 32
IN_ANY_ORDER = pytest.mark.parametrize(
    "states",
    [
        ["ringing", "completed"],
        ["completed", "ringing", "answered"],
        ["completed", "completed", "failed"],
        ["answered", "ringing", "completed", "busy"],
    ],
)


@pytest.mark.django_db
class CarrierContract:
    """Subclasses set ``double`` and ``mutations``."""

    double = None  # the class of the carrier's double

    @pytest.fixture(autouse=True)
    def public(self, settings):
        settings.PUBLIC_BASE_URL = settings.MEDIA_BASE_URL = BASE

    @pytest.fixture
    def carrier(self, settings):
        with strictly(self.double()) as double:
            settings.PROVIDER_BASE_URLS = {double.name: double.url}
            yield double

    @pytest.fixture
    def connection(self, carrier, workspace, owner):
        return connections.connect(
            workspace=workspace,
            provider=carrier.name,
            credentials=carrier.credentials,
            by=owner,
        )

    @pytest.fixture
    def number(self, connection, carrier, workspace, published, owner):
        found, _ = numbers.register(
            workspace=workspace, number=NUMBER, agent=published, by=owner
        )
        self.set_by_hand(carrier, found)
        return found

    def set_by_hand(self, carrier, number):
        """For carriers whose customers paste the answer URL: do so."""

    # ---- the account

    def test_good_credentials_are_kept_encrypted(self, connection, carrier):
        assert connection.is_active
        assert connection.account_name
        raw = str(CarrierConnection.objects.values_list("masked", "account_ref"))
        assert carrier.key not in raw

    def test_wrong_credentials_change_nothing(self, carrier, workspace, owner):
        wrong = {
            name: "f" * 32 if value == carrier.key else value
            for name, value in carrier.credentials.items()
        }

        with pytest.raises(connections.BadCredentials):
            connections.connect(
                workspace=workspace, provider=carrier.name, credentials=wrong, by=owner
            )

        assert not workspace.carrier_connections.exists()

    @pytest.mark.parametrize("fault", ["500", "503", "refuse", "cut", "garbage"])
    def test_a_carrier_that_fails_is_no_verdict(
        self, settings, workspace, owner, fault
    ):
        with in_a_thread(self.double(fault=fault)) as double:
            settings.PROVIDER_BASE_URLS = {double.name: double.url}

            with pytest.raises(connections.CarrierFailed):
                connections.connect(
                    workspace=workspace,
                    provider=double.name,
                    credentials=double.credentials,
                    by=owner,
                )

        assert not workspace.carrier_connections.exists()

    def test_numbers_are_listed(self, connection):
        assert [each.number for each in connections.numbers_at(connection)] == [NUMBER]

    # ---- a number

    def test_a_number_is_bound_and_looked_at(self, number, carrier):
        assert number.binding == Number.Binding.CONFIGURED, number.binding_error
        assert carrier.bound_to(NUMBER) == numbers.answer_url(number)
        assert numbers.webhook(number) == {
            "status": "configured",
            "provider": carrier.name,
            "webhookUrl": numbers.answer_url(number),
            "verified": True,
        }
        if has_fallback := getattr(carrier, "falls_back_to", None):
            assert has_fallback(NUMBER) == numbers.answer_url(number)

    def test_a_number_of_somebody_else_is_not_bound(self, connection, workspace):
        found, _ = numbers.register(workspace=workspace, number="+15550100999")

        assert found.binding == Number.Binding.FAILED
        assert "+15550100999" in found.binding_error

    def test_a_failing_carrier_leaves_the_number_unbound(self, number, carrier):
        carrier.fault = "503"
        numbers.bind(number)
        carrier.fault = ""

        assert number.binding == Number.Binding.FAILED
        assert number.binding_error

    # ---- a call comes in

    def rings(self, client, carrier, **how):
        return carrier.ring(BASE, **{"call_id": CALL, **how}).of(client)

    def test_a_call_gets_a_stream_with_a_token(self, client, number, carrier):
        answer = self.rings(client, carrier)

        url, token, _ = carrier.stream(answer)
        leg = Leg.objects.select_related("call").get()
        assert url.startswith("wss://voice.example/media/")
        assert (leg.call.caller, leg.call.direction) == (CALLER, "inbound")
        assert leg.call.snapshot_id == number.agent.published_id
        number.refresh_from_db()
        assert number.last_inbound_at
        claimed = media_tokens.claim(token, now=clock.now(), carrier_call_id=CALL)
        assert claimed.call_id == leg.call_id

    def test_the_token_is_of_that_call_alone(self, client, number, carrier):
        _, token, _ = carrier.stream(self.rings(client, carrier))

        assert not media_tokens.claim(token, now=clock.now(), carrier_call_id="CA2")
        assert not media_tokens.claim(
            token + "x", now=clock.now(), carrier_call_id=CALL
        )
        assert media_tokens.claim(token, now=clock.now(), carrier_call_id=CALL)
        assert not media_tokens.claim(token, now=clock.now(), carrier_call_id=CALL)

    def test_a_call_that_rings_three_times_is_one(self, client, number, carrier, purse):
        answers = [self.rings(client, carrier) for _ in range(3)]

        assert all(carrier.stream(answer) for answer in answers)
        call = Call.objects.get()
        purse.refresh_from_db()
        assert purse.held_micros == call.rate_micros / 2

    def test_many_callers_at_once(self, client, number, carrier):
        for n in range(5):
            assert carrier.stream(self.rings(client, carrier, call_id=f"CA{n}"))

        assert Call.objects.count() == 5

    def test_a_forged_request_is_refused(self, client, number, carrier):
        refused = 0
        for name, asked in self.mutations(carrier):
            answer = asked.of(client)
            assert answer.status_code in (400, 403), name
            refused += 1

        assert refused >= 12
        assert not Call.objects.exists()

    def test_a_request_without_any_secret_of_ours_is_refused(
        self, client, number, carrier, connection
    ):
        type(connection).objects.update(credentials={}, callback_key="")

        assert self.rings(client, carrier).status_code == 403

    def refused(self, client, carrier, reason):
        answer = self.rings(client, carrier)
        assert carrier.stream(answer) is None
        heard = carrier.said(answer)
        call = Call.objects.filter(direction="inbound").latest("id")
        assert (call.error_code, call.charge_micros) == (reason, 0)
        assert call.is_live() is False
        again = self.rings(client, carrier)
        assert carrier.stream(again) is None
        assert Call.objects.filter(direction="inbound", error_code=reason).count() == 1
        return heard

    def test_a_draft_never_answers(self, client, number, carrier, published):
        type(published).objects.update(published=None)

        assert self.refused(client, carrier, "not_published")

    def test_without_credit_no_call_is_taken(
        self, client, number, carrier, purse, owner
    ):
        purse.refresh_from_db()
        wallet.adjust(
            workspace=number.workspace,
            amount_micros=-purse.balance_micros,
            key="x",
            reason="y",
            by=owner,
        )

        heard = self.refused(client, carrier, "insufficient_credit")

        assert "credit" not in heard.lower()

    def test_past_the_quota_the_line_is_busy(self, client, number, carrier):
        type(number.workspace).objects.update(max_concurrent_calls=1)
        assert carrier.stream(self.rings(client, carrier, call_id="CA0"))

        assert self.refused(client, carrier, "quota_exceeded.concurrent_calls")
        assert Call.objects.latest("id").status == "busy"

    def test_outside_hours_it_says_so(self, client, number, carrier):
        Number.objects.update(
            hours={"days": [], "start": "09:00", "end": "09:01", "time_zone": "UTC"}
        )

        assert self.refused(client, carrier, "outside_hours")

    def test_without_an_agent_nobody_answers(self, client, number, carrier):
        Number.objects.update(agent=None)

        answer = self.rings(client, carrier)

        assert carrier.stream(answer) is None
        assert Number.objects.get().last_refusal == "no_agent"
        assert not Call.objects.exists()

    # ---- what became of it

    def events(self, leg, *states):
        for state in states:
            legs.apply(leg.id, CallEvent(leg.carrier_call_id, state), now=clock.now())

    @IN_ANY_ORDER
    def test_callbacks_in_any_order_end_the_call_once(
        self, client, number, carrier, purse, states
    ):
        self.rings(client, carrier)
        leg = Leg.objects.get()
        for state in states:
            url = f"{BASE}/inbound/{carrier.name}/status/{leg.id}"
            told = carrier.told(url, CALL, state, duration=0)
            assert told.of(client).status_code in (200, 204)

        leg.refresh_from_db()
        call = Call.objects.get()
        assert leg.state == "completed"
        assert call.status == "canceled"
        purse.refresh_from_db()
        assert (purse.held_micros, call.charge_micros) == (0, 0)
        assert proof.of(purse).holds

    def test_a_callback_of_another_call_is_refused(self, client, number, carrier):
        self.rings(client, carrier)
        leg = Leg.objects.get()
        url = f"{BASE}/inbound/{carrier.name}/status/{leg.id}"

        answer = carrier.told(url, "CA" + "9" * 32, "completed").of(client)

        assert answer.status_code == 403
        assert Call.objects.get().is_live()

    def test_rest_failures_leave_nothing_half_done(self, client, number, carrier):
        self.rings(client, carrier)
        leg = Leg.objects.get()
        Call.objects.update(status="completed", ended_at=clock.now())
        carrier.fault = "503"

        legs.reconcile(leg.id, now=clock.now())

        carrier.fault = ""
        leg.refresh_from_db()
        assert not leg.is_over()
        assert leg.next_at
        assert leg.last_error == ANY


class Resumes:
    """For carriers that ask what to do when a stream is gone."""

    def test_a_stream_that_is_gone_is_opened_again_for_one_who_is_there(
        self, client, number, carrier
    ):
        _, _, resume = carrier.stream(self.rings(client, carrier))
        Call.objects.update(status="in_progress", started_at="2026-01-01T00:00:00Z")

        answer = carrier.stream_gone(resume, CALL).of(client)

        assert carrier.stream(answer)
        assert Leg.objects.get().resumes == 1

    def test_when_the_agent_has_ended_it_the_line_is_hung_up(
        self, client, number, carrier
    ):
        _, _, resume = carrier.stream(self.rings(client, carrier))
        Call.objects.update(status="completed", ended_at="2026-01-01T00:00:00Z")

        assert carrier.hangs_up(carrier.stream_gone(resume, CALL).of(client))

    def test_a_caller_who_is_gone_resumes_nothing(self, client, number, carrier):
        _, _, resume = carrier.stream(self.rings(client, carrier))
        Call.objects.update(status="in_progress", started_at="2026-01-01T00:00:00Z")

        gone = carrier.stream_gone(resume, CALL, caller_is_there=False).of(client)

        assert carrier.hangs_up(gone)
