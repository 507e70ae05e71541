"""A customer tops up, calls, hangs up in mid-sentence, and finds all of it again.

Everything is real: web, media and worker processes, Chromium, the offline set, recorded
human speech. The payment company and the customer's own server are doubles on sockets;
that server checks each letter with the official client, as it comes in.
"""

import base64
import json
import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect
from rymi import Rymi

from agents import authoring
from agents import config as configs
from billing import proof, wallet
from telephony.models import Call
from tests import processes, speech
from tests.browser import accessible, picture, session_of
from tests.doubles.receiver import WebhookReceiver
from tests.doubles.server import strictly
from tests.doubles.stripe import Stripe
from tests.journeys.conftest import RATE_UP, wav
from tests.journeys.test_newcomer import PATIENCE_MS, hear_out, say

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.realtime,
    pytest.mark.long,
    pytest.mark.models,
    pytest.mark.timeout(300),
]
CREDIT = 1_000_000
BOUGHT = 2_500  # credits
AGENT = {
    "persona": {
        "name": "Ava",
        "role": "helpline",
        "companyName": "Lakeside Telephone",
        "knowledgeBase": [
            "All circuits are busy in the evening. Please call again in the morning."
        ],
    },
    "playbook": {
        "opener": "Hello, this is Ava at Lakeside Telephone. How can I help you today?",
        "fallbackCTA": "I can have somebody call you back.",
    },
    "post_call": {
        "structured_extraction": {
            "json_schema": {
                "type": "object",
                "properties": {
                    "trouble": {
                        "type": "string",
                        "enum": ["circuits", "dialing", "invoice"],
                        "description": "What the caller has trouble with",
                    }
                },
            }
        }
    },
}
FIRST = "all-circuits-busy-now"
# Fifteen seconds that begin with open source and end with an address.
CUT_OFF, BEGINNING, END = (
    "demo-moreinfo",
    re.compile("open.source", re.I),
    "information",
)
verify = Rymi(api_key="x").webhooks.verify_signature


@dataclass
class CustomersServer(WebhookReceiver):
    """Takes what the official client verifies, and nothing else."""

    secret: str = ""

    async def _answer(self, request, letter):
        try:
            verify(
                letter.body.decode(),
                letter.headers["X-Rymi-Signature"],
                letter.headers["X-Rymi-Timestamp"],
                self.secret,
            )
        except ValueError as error:
            self.complaints.append(str(error))
            self.statuses.insert(0, 401)
        return await super()._answer(request, letter)

    def told(self, event):
        """Return the data of the one letter about an event."""
        [letter] = [each for each in self.letters if each.headers["X-Rymi-Event"] == event]  # fmt: skip
        return json.loads(letter.body)["data"]


@pytest.fixture
def stripe():
    with strictly(Stripe()) as double:
        yield double


@pytest.fixture
def server():
    with strictly(CustomersServer()) as double:
        yield double


@pytest.fixture
def surroundings(stripe):
    return {
        "RYMI_TEST_STRIPE_KEY": stripe.key,
        "RYMI_TEST_STRIPE_SECRET": stripe.secret,
        "STRIPE_API_BASE": stripe.url,
        "OUTBOUND_ALLOW": "127.0.0.0/8",
    }


@pytest.fixture
def worker(product, surroundings):
    process = processes.start(
        "tests.journeys.beat", PUBLIC_BASE_URL=product, **surroundings
    )
    yield process
    assert process.poll() is None, "the worker died"
    processes.stop(process)


@pytest.fixture
def agent(product, workspace, owner):
    return authoring.create(
        workspace=workspace, name="Helpline", config=configs.parse(AGENT), by=owner
    )


def test_what_was_paid_said_and_found_out_is_all_there(
    page, product, worker, stripe, server, agent, owner
):
    stripe.webhook_url = f"{product}/callbacks/stripe/"
    page.context.add_cookies([session_of(owner, product)])

    give_an_address(page, server)
    refused_without_credit(page, agent)
    top_up(page)
    call = call_and_hang_up_in_mid_sentence(page, agent)
    watch_it_arrive(page, call, server)
    find_it_on_the_invoice(page, call)

    prove(call, server, stripe)


def give_an_address(page, server):
    page.goto("/settings/webhooks/")
    page.get_by_role("button", name="Add an endpoint").first.click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("URL").fill(f"{server.url}/rymi")
    drawer.get_by_role("button", name="Add and show the secret").click()
    server.secret = drawer.locator("#raw-secret").inner_text()
    drawer.get_by_role("button", name="I have stored it").click()
    expect(page.locator("#endpoints")).to_contain_text("127.0.0.1")


def refused_without_credit(page, agent):
    page.goto(f"/agents/{agent.id}/")
    page.get_by_role("button", name="Start talking to the draft").click()
    expect(page.get_by_text("does not cover a call").first).to_be_visible()


def top_up(page):
    page.goto("/settings/billing/")
    page.get_by_role("button", name="Top up").first.click()
    dialog = page.locator("#dialog")
    dialog.get_by_text("$25", exact=True).click()
    dialog.get_by_role("button", name="Go to Stripe").click()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_text("2,500 credits were added")).to_be_visible()


def call_and_hang_up_in_mid_sentence(page, agent):
    page.goto(f"/agents/{agent.id}/")
    page.get_by_role("button", name="Start talking to the draft").click()
    turns = page.locator("[data-flow] [data-who=caller]:not(.partial)")
    hear_out(page, "How can I help you today?")
    say(page, FIRST)
    expect(turns).to_have_count(1, timeout=PATIENCE_MS)
    hear_out(page, "busy in the evening")
    begin_to_say(page, CUT_OFF)
    cut = page.locator("[data-flow] [data-who=caller]").nth(1)
    expect(cut).to_contain_text(BEGINNING, timeout=PATIENCE_MS)
    page.get_by_role("button", name="End call").click()
    expect(page.locator("[data-receipt]")).to_contain_text("$", timeout=PATIENCE_MS)
    return Call.objects.get()


def begin_to_say(page, name):
    recording = base64.b64encode(wav(speech.prompt(name, RATE_UP))).decode()
    page.evaluate("recording => { say(recording); }", recording)


def watch_it_arrive(page, call, server):
    """Stay on the call's page until everything is there; nobody loads it anew."""
    page.get_by_role("link", name="Open in Calls").click()
    page.wait_for_url(f"**/calls/{call.id}/")
    extraction = page.locator("section[aria-labelledby=h-ext]")
    expect(extraction).to_contain_text("circuits", timeout=PATIENCE_MS)
    summary = page.locator("section[aria-labelledby=h-sum]")
    expect(summary).to_contain_text("Put together by rules")
    hooks = page.locator("section[aria-labelledby=h-hooks]")
    for event in ("call.completed", "call.intelligence.ready"):
        row = hooks.locator("li").filter(has_text=event)
        expect(row).to_contain_text("Delivered", timeout=PATIENCE_MS)
    accessible(page)
    picture(page, "customer-call")


def find_it_on_the_invoice(page, call):
    page.goto("/settings/billing/")
    page.get_by_role("link", name="RY-").first.click()
    drawer = page.locator("#drawer")
    item = drawer.locator("dt").filter(has_text="Helpline · 1 call")
    expect(item).to_be_visible()
    shown = item.locator("xpath=following-sibling::dd[1]").inner_text()
    charged = call.charge_micros / CREDIT / 100
    assert float(shown.lstrip("$")) == pytest.approx(charged, abs=0.005)
    accessible(page, within="#drawer")
    picture(page, "customer-invoice")


def prove(call, server, stripe):
    call.refresh_from_db()
    completed = server.told("call.completed")
    ready = server.told("call.intelligence.ready")
    assert completed["call_id"] == ready["call_id"] == str(call.id)
    assert completed["duration"] == round(call.duration_ms / 1000)
    assert ready["extraction"]["trouble"] == "circuits"
    assert ready["summary"]
    lines = call.transcript_segments.filter(speaker="user").order_by("sequence")
    said = " ".join(line.text for line in lines).lower()
    assert BEGINNING.search(said), "the half sentence was not written down"
    assert END not in said, "it was said to its end"
    for line in lines:
        assert line.text in completed["transcript"]["text"]
    assert set(server.taken().values()) == {1}

    assert stripe.charged == BOUGHT
    purse = wallet.open(call.workspace)
    assert proof.of(purse).holds
    assert purse.held_micros == 0
    assert call.charge_micros > 0
    assert purse.balance_micros == BOUGHT * CREDIT - call.charge_micros
