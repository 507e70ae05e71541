"""A newcomer signs up, describes an agent, talks to it, interrupts it, and reads the log.

Everything is real: web and media processes, Chromium, the offline set. The microphone
plays recorded human speech when it is the caller's turn; what the page plays is recorded
and recognised by another recogniser than the product's.
"""

import base64
import wave

import pytest
from django.conf import settings
from playwright.sync_api import expect

from accounts.models import User
from billing import proof, wallet
from telephony.models import Call
from tests import second_ear, speech
from tests.browser import PICTURES, accessible
from tests.journeys.conftest import RATE_UP, wav

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.realtime,
    pytest.mark.long,
    pytest.mark.models,
    pytest.mark.timeout(300),
]
BRIEF = (
    "A helpline for Lakeside Telephone. It answers callers who have trouble with their"
    " line, and takes a message for the team. Friendly and brief."
)
OPENER = "Hello, this is Ava at Lakeside Telephone. How can I help you today?"
CIRCUITS = "All circuits are busy in the evening. Please call again in the morning."
DIALED = "A call that cannot be completed as dialed needs the area code in front."
FEATURE = "That feature is not available on this line"
ANSWER = (
    "Our team can switch it on for you. They look at your line first."
    " Then they send you a letter with the price. When you agree to the price, it works"
    " on the next day. It works on every telephone in your house. You can switch it off"
    " again whenever you like."
)
PATIENCE_MS = 60_000  # for what takes the machine some thinking


def test_a_newcomer_talks_to_their_own_agent(page):
    sign_up(page)
    describe_an_agent(page)
    tell_it_more(page)
    talk(page)

    call = wait_for_the_books()
    heard = what_the_page_played(page)
    read_the_log(page, call)
    prove(call, heard)


def sign_up(page):
    page.goto("/accounts/signup/")
    page.get_by_label("Your name").fill("Sam Lee")
    page.get_by_label("Mail").fill("sam@example.com")
    page.get_by_label("Password").fill("a long enough secret")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("link", name="Agents")).to_be_visible()


def describe_an_agent(page):
    page.get_by_role("link", name="Agents").click()
    page.get_by_role("link", name="Describe an agent").click()
    page.get_by_label("What the agent should do").fill(BRIEF)
    page.get_by_role("button", name="Design it").click()
    page.get_by_role("link", name="Open and talk to it").click()


def tell_it_more(page):
    page.get_by_label("Facts").fill(f"{CIRCUITS}\n{DIALED}")
    saved(page)
    page.get_by_role("link", name="Playbook").click()
    page.get_by_role("textbox", name="Opening line").fill(OPENER)
    saved(page)
    page.get_by_role("tab", name="Discovery").click()
    for name in ("playbook.qualificationFlow", "playbook.requiredSlots"):
        listed = page.locator(f'[data-rows="{name}"]')
        while listed.locator("[data-row]").count():
            listed.get_by_label("Remove").first.click()
    page.get_by_role("tab", name="Objections").click()
    page.get_by_role("button", name="Add an objection").click()
    page.keyboard.type(FEATURE)
    page.keyboard.press("Tab")
    page.keyboard.type(ANSWER)
    saved(page)


def saved(page):
    """Wait until the page has said that it saves, and then that it has."""
    expect(page.locator("form[data-unsaved]")).to_have_count(0)
    expect(page.locator("#saved")).to_contain_text("Saved")


def talk(page):
    expect(page.locator("#run")).to_contain_text("moonshine")
    page.get_by_role("button", name="Start talking to the draft").click()
    flow = page.locator("[data-flow]")
    turns = flow.locator("[data-who=caller]:not(.partial)")
    hear_out(page, "How can I help you today?")
    say(page, "all-circuits-busy-now")
    expect(turns).to_have_count(1, timeout=PATIENCE_MS)
    hear_out(page, "somebody will call you back")
    say(page, "feature-not-avail-line")
    hear_begin(page, "switch it off again")
    say(page, "cannot-complete-as-dialed")
    # On a slow machine an answer may still come while the caller goes on: cut once more.
    expect(flow.locator(".event.cut").first).to_be_visible(timeout=PATIENCE_MS)
    expect(turns).to_have_count(3, timeout=PATIENCE_MS)
    hear_out(page, "area code")
    accessible(page, within="[data-test-panel]")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "test-live-wide-light.png")
    page.get_by_role("button", name="End call").click()
    expect(page.locator("[data-ending]")).to_contain_text("You ended the call")
    expect(page.locator("[data-receipt]")).to_contain_text("$", timeout=PATIENCE_MS)
    accessible(page, within="[data-test-panel]")
    page.screenshot(path=PICTURES / "test-ended-wide-light.png")


def say(page, name):
    """Say something into the microphone."""
    recording = wav(speech.prompt(name, RATE_UP))
    page.evaluate("recording => say(recording)", base64.b64encode(recording).decode())


def reply_with(page, words):
    return page.locator("[data-flow] [data-who=agent]").filter(has_text=words).last


def hear_begin(page, words):
    """Wait until some of the reply with these words has been heard."""
    reply = reply_with(page, words)
    expect(reply.locator("[data-ms]")).to_contain_text("ms", timeout=PATIENCE_MS)
    page.wait_for_timeout(2_500)  # of fifteen seconds


def hear_out(page, words):
    """Wait until the reply with these words has been heard to its end."""
    expect(reply_with(page, words)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("[data-phase]")).to_have_text("listening", timeout=PATIENCE_MS)


def wait_for_the_books():
    call = Call.objects.get()
    assert call.settled_at is not None
    return call


def what_the_page_played(page):
    recording = PICTURES / "newcomer-heard.webm"
    recording.write_bytes(base64.b64decode(page.evaluate("takePlayed()")))
    return second_ear.transcribe(str(recording))


def read_the_log(page, call):
    page.get_by_role("link", name="Open in Calls").click()
    page.wait_for_url(f"**/calls/{call.id}/")
    for segment in call.transcript_segments.all():
        expect(page.get_by_text(segment.text[:60]).first).to_be_visible()
    page.screenshot(path=PICTURES / "newcomer-log.png", full_page=True)


def prove(call, heard):
    said = list(call.transcript_segments.all())
    agent = " ".join(s.text for s in said if s.speaker == "agent")
    rate = second_ear.word_error_rate(agent, heard)
    assert rate <= 0.08, f"{rate:.1%}\nsaid:  {agent}\nheard: {heard}"

    assert sum(s.speaker == "user" for s in said) == 3
    assert any(s.unheard for s in said), "nothing was cut off"
    kinds = set(call.timeline.values_list("kind", flat=True))
    assert {"turn_ended", "interrupted"} <= kinds
    assert call.turns.count() == 3
    assert all(turn.total_ms > 0 for turn in call.turns.all())

    with wave.open(str(settings.RECORDINGS_DIR / call.recording.path)) as file:
        length_ms = file.getnframes() * 1000 / file.getframerate()
        assert file.getnchannels() == 2
    assert length_ms == pytest.approx(call.duration_ms, rel=0.01)

    # Two cents a minute in halves: the offline set is free, the platform is not.
    halves = -(-call.exchanged_ms // 30_000)
    assert call.charge_micros == halves * 1_000_000
    owner = User.objects.get(email="sam@example.com")
    workspace = call.workspace
    purse = wallet.open(workspace)
    assert purse.held_micros == 0
    assert proof.of(purse).holds
    entries = purse.entries.filter(kind="call")
    assert [entry.amount_micros for entry in entries] == [-call.charge_micros]
    assert call.started_by == owner
