"""Numbers, carrier and do-not-call list, as the official SDK asks for them."""

import pytest
import requests
from rymi.client import RymiError

from agents import publishing
from telephony.models import DoNotCall, Number
from tests import factories
from tests.doubles.carriers import CALLER, NUMBER

COLLEAGUE = "+447700900125"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def connected(rymi, twilio):
    return rymi.telephony.connect(
        "twilio",
        auth_id=twilio.credentials["account_sid"],
        auth_token=twilio.credentials["auth_token"],
    )


def test_a_carrier_is_connected_and_disconnected(rymi, twilio, connected):
    assert connected["status"] == "connected"
    assert connected["account_name"] == "Harbour Dental"
    assert rymi.telephony.status() == {
        "connected": True,
        "provider": "twilio",
        "account_name": "Harbour Dental",
        "account_country": None,
    }
    assert [n["number"] for n in rymi.telephony.numbers()["numbers"]] == [NUMBER]

    assert rymi.telephony.disconnect()["status"] == "disconnected"

    assert rymi.telephony.status()["connected"] is False


def test_wrong_credentials_are_refused(rymi, twilio):
    with pytest.raises(RymiError) as refused:
        rymi.telephony.connect("twilio", auth_id="AC1", auth_token="wrong")

    assert (refused.value.status, refused.value.code) == (401, "invalid_credentials")
    twilio.complaints.clear()


def test_credentials_can_be_tried_three_times(live_server, api, twilio):
    def attempt():
        return requests.post(
            f"{live_server.url}/v1/telephony/validate",
            json={"provider": "twilio", **twilio.credentials},
            headers={"Authorization": f"Bearer {api.raw}"},
            timeout=10,
        )

    tries = [attempt() for _ in range(4)]

    assert tries[0].json() == {"valid": True, "accountName": "Harbour Dental"}
    assert [each.status_code for each in tries] == [200, 200, 200, 429]
    assert int(tries[3].headers["Retry-After"]) > 0


def test_connecting_is_no_way_around_that_limit(rymi, twilio):
    def refused(token):
        with pytest.raises(RymiError) as refusal:
            rymi.telephony.connect("twilio", auth_id="AC1", auth_token=token)
        return refusal.value.status

    tries = [refused(f"wrong {number}") for number in range(4)]

    assert tries == [401, 401, 401, 429]
    twilio.complaints.clear()


def test_anybody_may_read_what_carriers_need(live_server):
    found = requests.get(f"{live_server.url}/v1/telephony/providers", timeout=10)

    (first, *_) = found.json()["providers"]
    assert first["id"] == "twilio"
    assert first["credentialFields"][0] == {
        "name": "account_sid",
        "label": "Account SID",
        "secret": False,
        "required": True,
    }


def test_a_number_lives(rymi, connected, agent, twilio):
    made = rymi.numbers.register(NUMBER, agent_id=str(agent.id))
    assert made["status"] == "registered"
    assert made["webhook"]["status"] == "configured"
    assert made["webhook"]["webhookUrl"] == "https://voice.example/inbound/twilio"
    (listed,) = rymi.numbers.list()["numbers"]
    assert listed["agent_id"] == str(agent.id)

    assert rymi.numbers.attach(NUMBER, str(agent.id))["status"] == "attached"
    assert rymi.numbers.client.post(f"/numbers/{NUMBER}/detach") == {
        "status": "detached",
        "number": NUMBER,
    }
    escaped = NUMBER.replace("+", "%2B")
    assert rymi.numbers.client.post(f"/numbers/{escaped}/webhook")["number"] == NUMBER
    assert rymi.numbers.remove(NUMBER) == {"status": "removed", "number": NUMBER}

    assert not Number.objects.exists()
    assert twilio.bound_to(NUMBER) == ""


def test_a_number_of_another_tenant_cannot_be_registered(rymi, stranger):
    theirs = factories.WorkspaceFactory()
    Number.objects.create(workspace=theirs, number=NUMBER)

    with pytest.raises(RymiError) as refused:
        rymi.numbers.register(NUMBER)

    assert refused.value.status == 409


def test_without_a_carrier_a_number_says_so(rymi):
    assert rymi.numbers.register(NUMBER)["webhook"]["status"] == "no_carrier"
    with pytest.raises(RymiError) as refused:
        rymi.numbers.register("12")
    assert (refused.value.status, refused.value.code) == (400, "invalid_number")


def test_the_do_not_call_list(rymi, workspace):
    assert rymi.dnc.add("+44 7700 900123") == {
        "status": "blocklisted",
        "phone_number": "+447700900123",
    }
    many = rymi.dnc.add_batch(["+1 (555) 010-0300", "+15550100300", "nonsense"])
    assert (many["count"], many["invalid"]) == (1, ["nonsense"])
    rymi.dnc.add("+447700900123")
    assert DoNotCall.objects.filter(workspace=workspace).count() == 2

    checked = rymi.dnc.check(["+44 7700 900123", "+15550100999", "x"])
    assert [each["blocked"] for each in checked["results"]] == [True, False, False]
    assert (checked["blocked_count"], checked["total_checked"]) == (1, 3)
    assert rymi.dnc.list()["total"] == 2
    assert rymi.dnc.remove("+447700900123") == {
        "status": "removed",
        "phone": "+447700900123",
    }
    assert rymi.dnc.list()["total"] == 1


def test_a_phone_is_called(rymi, connected, agent, owner, twilio):
    publishing.publish(agent, by=owner)
    rymi.numbers.register(NUMBER, agent_id=str(agent.id))

    called = rymi.calls.create(agent_id=str(agent.id), to=CALLER)

    (person,) = called["participants"]
    assert (called["status"], person["transport"]) == ("queued", "pstn")
    assert person["telephony_leg_id"]
    assert twilio.dialled() == [CALLER]
    (listed,) = rymi.calls.list()["calls"]
    assert listed["status"] == "queued"


def together(live_server, api, agent, *phones):
    people = [{"transport": "pstn", "identity": phone} for phone in phones]
    return requests.post(
        f"{live_server.url}/v1/calls",
        json={"agent_id": str(agent.id), "participants": people},
        headers={"Authorization": f"Bearer {api.raw}"},
        timeout=20,
    )


def test_several_phones_are_called_into_one_call(
    live_server, api, rymi, connected, agent, owner, twilio
):
    publishing.publish(agent, by=owner)
    rymi.numbers.register(NUMBER, agent_id=str(agent.id))

    answer = together(live_server, api, agent, CALLER, COLLEAGUE)

    called = answer.json()
    assert (answer.status_code, called["status"]) == (202, "queued")
    people = called["participants"]
    assert [each["identity"] for each in people] == [CALLER, COLLEAGUE]
    assert len({each["telephony_leg_id"] for each in people}) == 2
    assert twilio.dialled() == [CALLER, COLLEAGUE]
    assert len(rymi.calls.list()["calls"]) == 1


def test_of_several_phones_all_are_called_or_none(
    live_server, api, rymi, connected, agent, owner, twilio
):
    publishing.publish(agent, by=owner)
    rymi.numbers.register(NUMBER, agent_id=str(agent.id))
    rymi.dnc.add(COLLEAGUE)

    answer = together(live_server, api, agent, CALLER, COLLEAGUE)

    assert (answer.status_code, answer.json()["code"]) == (403, "do_not_call")
    assert twilio.dialled() == []
    assert rymi.calls.list()["calls"] == []


def test_who_is_on_the_list_is_not_called(rymi, connected, agent, owner, twilio):
    publishing.publish(agent, by=owner)
    rymi.numbers.register(NUMBER, agent_id=str(agent.id))
    rymi.dnc.add(CALLER)

    with pytest.raises(RymiError) as refused:
        rymi.calls.create(agent_id=str(agent.id), to=CALLER)

    assert (refused.value.status, refused.value.code) == (403, "do_not_call")
    assert twilio.dialled() == []
