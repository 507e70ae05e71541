"""Numbers, in a real browser."""

import pytest
from playwright.sync_api import expect

from agents.models import Snapshot
from common import clock
from telephony import do_not_call
from telephony.models import Number
from tests.browser import accessible, picture
from tests.doubles.carriers import NUMBER
from tests.doubles.exotel import Exotel
from tests.doubles.livekit import KEY, SECRET, LiveKit
from tests.doubles.server import in_a_thread
from tests.factories import AgentFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def answered(workspace):
    agent = AgentFactory(workspace=workspace, name="Brightwater reception")
    agent.published = Snapshot.objects.create(
        agent=agent, number=7, revision=1, config={}, compiled_prompt=""
    )
    agent.save()
    AgentFactory(workspace=workspace, name="Miramar late arrivals")
    return agent


def test_from_nothing_to_an_answered_number(signed_in, twilio, answered):
    signed_in.goto("/numbers/")
    accessible(signed_in)
    picture(signed_in, "numbers-empty")

    signed_in.get_by_role("button", name="Connect provider").first.click()
    signed_in.get_by_label("Account SID").fill(twilio.credentials["account_sid"])
    signed_in.get_by_label("Auth token").fill("wrong")
    accessible(signed_in, within="#drawer")
    picture(signed_in, "carrier-connect", full=False)
    signed_in.get_by_role("button", name="Connect", exact=True).click()
    expect(signed_in.get_by_text("Twilio was not connected")).to_be_visible()

    signed_in.get_by_label("Auth token").fill(twilio.credentials["auth_token"])
    signed_in.get_by_role("button", name="Check the credentials").click()
    expect(signed_in.get_by_text("Twilio accepts them")).to_be_visible()
    signed_in.get_by_role("button", name="Connect", exact=True).click()
    expect(signed_in.get_by_text("Harbour Dental").first).to_be_visible()

    signed_in.get_by_label("+1 555-010-0200").check()
    picture(signed_in, "numbers-import", full=False)
    signed_in.get_by_role("button", name="Register the chosen").click()
    expect(signed_in.get_by_text("Webhook set")).to_be_visible()

    signed_in.get_by_role("button", name="Attach").click()
    signed_in.get_by_role("radio", name="Brightwater reception").check()
    accessible(signed_in, within="#drawer")
    expect(signed_in.get_by_label("From", exact=True)).to_be_hidden()
    picture(signed_in, "number", full=False)
    signed_in.get_by_role("radio", name="At these hours").check()
    expect(signed_in.get_by_label("From", exact=True)).to_be_visible()
    accessible(signed_in, within="#drawer")
    picture(signed_in, "number-hours", full=False)
    signed_in.get_by_role("radio", name="Always").check()
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_text("answers, v7")).to_be_visible()

    assert Number.objects.get().agent == answered
    assert twilio.bound_to(NUMBER) == "https://voice.example/inbound/twilio"


def test_the_list_shows_what_is_wrong(signed_in, workspace, answered):
    states = ["configured", "manual_required", "failed", "no_carrier"]
    for n, state in enumerate(states):
        Number.objects.create(
            workspace=workspace,
            number=f"+1415555013{n}",
            label=f"Line {n}",
            provider="twilio",
            agent=answered if n < 3 else None,
            binding=state,
            binding_error="Twilio does not allow this key to do that.",
            bound_at=clock.now(),
            last_inbound_at=clock.now() if n == 0 else None,
            last_refusal="insufficient_credit" if n == 2 else "",
            last_refusal_at=clock.now() if n == 2 else None,
        )
    signed_in.goto("/numbers/")
    accessible(signed_in)
    picture(signed_in, "numbers")

    signed_in.get_by_role("button", name="Trouble").click()
    expect(signed_in.locator("#numbers tbody tr:visible")).to_have_count(2)
    signed_in.get_by_role("button", name="Mend").click()
    expect(signed_in.get_by_text("the balance is used up")).to_be_visible()
    picture(signed_in, "number-failed", full=False)


def test_a_number_is_called_from_the_list(signed_in, workspace, answered):
    Number.objects.create(workspace=workspace, number=NUMBER, agent=answered)
    signed_in.goto("/numbers/")

    signed_in.get_by_role("button", name="from here").click()

    expect(signed_in.get_by_text("answers as it is published")).to_be_visible()
    accessible(signed_in, within="#dialog")
    picture(signed_in, "number-phone", full=False)


def test_the_do_not_call_list_looks_right(signed_in, workspace):
    do_not_call.add(workspace, "+447700900123", reason="Asked during a call")
    signed_in.goto("/numbers/do-not-call/?q=%2B447700900123")
    accessible(signed_in)
    picture(signed_in, "do-not-call")
    signed_in.get_by_role("button", name="Add numbers").click()
    signed_in.get_by_label("Numbers", exact=True).fill("+447700900124")
    picture(signed_in, "do-not-call-new", full=False)

    signed_in.get_by_role("button", name="Block", exact=True).click()

    expect(signed_in.get_by_text("1 number blocked")).to_be_visible()


@pytest.fixture
def public(settings):
    settings.PUBLIC_BASE_URL = settings.MEDIA_BASE_URL = "https://voice.example"
    return settings


def _choose(page, carrier):
    page.goto("/numbers/")
    page.get_by_role("button", name="Connect provider").first.click()
    page.get_by_role("radio", name=carrier).check(force=True)


def test_a_carrier_whose_flow_is_filled_in_by_hand(signed_in, public):
    with in_a_thread(Exotel()) as exotel:
        public.PROVIDER_BASE_URLS = {"exotel": exotel.url}
        _choose(signed_in, "Exotel")
        expect(signed_in.get_by_label("Flow ID")).to_be_visible()
        accessible(signed_in, within="#drawer")
        picture(signed_in, "carrier-exotel", full=False)
        for name, value in exotel.credentials.items():
            signed_in.locator(f"[name={name}]").fill(value)
        signed_in.get_by_role("button", name="Connect", exact=True).click()

        signed_in.get_by_label("+1 555-010-0200").check()
        signed_in.get_by_role("button", name="Register the chosen").click()
        expect(signed_in.get_by_text("Set by hand")).to_be_visible()
        signed_in.get_by_role("button", name="Attach").first.click()
        expect(signed_in.get_by_text("only a call can tell")).to_be_visible()
        accessible(signed_in, within="#drawer")
        picture(signed_in, "number-by-hand", full=False)


def test_a_sip_trunk_is_told_where_calls_go(signed_in, public):
    public.LIVEKIT_API_KEY, public.LIVEKIT_API_SECRET = KEY, SECRET
    with in_a_thread(LiveKit()) as livekit:
        public.LIVEKIT_URL = livekit.url
        _choose(signed_in, "SIP trunk")
        expect(signed_in.get_by_text("sets LIVEKIT_SIP_ADDRESS")).to_be_visible()
        accessible(signed_in, within="#drawer")

        public.LIVEKIT_SIP_ADDRESS = "sip.voice.example:5060"
        _choose(signed_in, "SIP trunk")
        expect(signed_in.get_by_text("sip:sip.voice.example:5060")).to_be_visible()
        signed_in.get_by_label("SIP address").fill("127.0.0.1")
        signed_in.get_by_label("Numbers").fill(NUMBER)
        signed_in.get_by_role("button", name="Check the credentials").click()
        expect(signed_in.get_by_text("no host on the public internet")).to_be_visible()
        picture(signed_in, "carrier-sip", full=False)

        for name in ("address", "username", "password", "numbers"):
            signed_in.locator(f"[name={name}]").fill(livekit.credentials[name])
        signed_in.get_by_role("button", name="Connect", exact=True).click()
        signed_in.get_by_label("+1 555-010-0200").check()
        signed_in.get_by_role("button", name="Register the chosen").click()
        expect(signed_in.get_by_text("Webhook set")).to_be_visible()
