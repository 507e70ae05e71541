"""A supervisor finds a call on the board, listens, whispers, talks to the caller, and gives
the call back. Web and media processes and Chromium are real; the caller is Python."""

import asyncio
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from telephony import web_calls
from telephony.models import Call
from tests import processes
from tests.browser import CHROMIUM, FLAGS, PICTURES, listen_for, session_of
from tests.telephony.caller import Caller

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.realtime,
    pytest.mark.models,
    pytest.mark.timeout(300),
    pytest.mark.django_db(transaction=True),
]
PATIENCE_MS = 60_000
LOUD = 40_000  # bytes of sound


class Visitor(threading.Thread):
    """A caller in a browser of their own, for as long as the story takes."""

    def __init__(self, port, token):
        super().__init__(daemon=True)
        self.port, self.token = port, token
        self.caller = None
        self.hang_up = threading.Event()

    def run(self):
        asyncio.run(self._call())

    async def _call(self):
        self.caller = await Caller.connect(self.port, self.token)
        await asyncio.to_thread(self.hang_up.wait)
        await self.caller.hang_up()

    def heard(self):
        """Count the bytes of sound that came, silence left out."""
        return self.caller.loud if self.caller else 0

    def hears(self, page, more):
        """Wait until so much more was heard."""
        wanted = self.heard() + more
        for _ in range(PATIENCE_MS // 100):
            if self.heard() >= wanted:
                return
            page.wait_for_timeout(100)
        raise AssertionError("the caller never heard it")


@pytest.fixture
def product(transactional_db):
    with processes.product() as address:
        yield address


@pytest.fixture
def page(product, owner, monkeypatch):
    """The supervisor's browser, whose microphone beeps."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium: apt-get install chromium")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    troubles = []
    flags = [
        *FLAGS,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        context = browser.new_context(base_url=product)
        context.add_cookies([session_of(owner, product)])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        listen_for(troubles, page)
        yield page
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / "supervisor-last.png", full_page=True)
        browser.close()
    assert not troubles, troubles


@pytest.fixture
def visitor(product, published, purse):
    call, (seat,) = web_calls.start(web_calls.Wanted(published, ["ann@example.com"]))
    visitor = Visitor(int(product.rsplit(":", 1)[1]), seat.token)
    visitor.call = call
    visitor.start()
    yield visitor
    visitor.hang_up.set()
    visitor.join(30)


def test_a_supervisor_takes_a_call_over_and_gives_it_back(page, visitor):
    page.goto("/calls/live/")
    page.get_by_role("button", name="Listen to ann@example.com").click()
    panel = page.locator("#supervise")
    said = panel.locator("[data-said]")
    expect(said).to_contain_text("You hear the call with ann", timeout=PATIENCE_MS)

    panel.get_by_label("Whisper to the agent").fill("Offer ten percent.")
    panel.get_by_role("button", name="Whisper").click()
    expect(said).to_contain_text("Told the agent", timeout=PATIENCE_MS)

    panel.get_by_role("button", name="Take over").click()
    expect(panel.get_by_text("They hear you")).to_be_visible(timeout=PATIENCE_MS)
    visitor.hears(page, LOUD)  # the microphone's beeps

    panel.get_by_role("button", name="Give back to the agent").click()
    expect(panel.get_by_text("You hear them")).to_be_visible(timeout=PATIENCE_MS)
    panel.get_by_role("button", name="Stop listening").click()
    expect(said).to_contain_text("ended", timeout=PATIENCE_MS)

    visitor.hang_up.set()
    visitor.join(30)
    for _ in range(300):
        call = Call.objects.get(pk=visitor.call.pk)
        if not call.is_live():
            break
        page.wait_for_timeout(100)
    kinds = list(call.timeline.values_list("kind", flat=True))
    wanted = [
        "supervisor_joined",
        "whispered",
        "taken_over",
        "given_back",
        "supervisor_left",
    ]
    assert [kind for kind in kinds if kind in wanted] == wanted
