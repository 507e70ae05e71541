"""The product as it runs, and a browser with a microphone before it."""

import io
import wave
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from tests import processes
from tests.browser import CHROMIUM, FLAGS, PICTURES, listen_for

LISTENING = Path(__file__).with_name("listening_page.js").read_text()
SPEAKING = Path(__file__).with_name("speaking_page.js").read_text()
RATE_UP = 48_000


@pytest.fixture
def surroundings():
    """What its processes find in their environment; a journey may say more."""
    return {}


@pytest.fixture
def product(transactional_db, surroundings):
    """The product as it runs: web and media processes; yields the web's address."""
    with processes.product(**surroundings) as address:
        yield address


@pytest.fixture
def room(tmp_path):
    """The sound of a quiet room, which Chromium's fake microphone plays over and over."""
    hiss = np.random.default_rng(1).normal(0, 20, RATE_UP * 10).astype(np.int16)
    path = tmp_path / "room.wav"
    path.write_bytes(wav(hiss.tobytes()))
    return path


def wav(samples):
    """Return mono samples of ``RATE_UP`` as a file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_UP)
        sound.writeframes(samples)
    return file.getvalue()


@pytest.fixture
def page(request, product, room, monkeypatch):
    """A browser with a microphone in that room; fails the test when the page complains."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium: apt-get install chromium")
    # Playwright's loop runs in this thread, and Django takes that for async code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    troubles = []
    flags = [
        *FLAGS,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={room}",
        "--autoplay-policy=no-user-gesture-required",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        context = browser.new_context(
            base_url=product, viewport={"width": 1440, "height": 900}
        )
        context.add_init_script(LISTENING)
        context.add_init_script(SPEAKING)
        page = context.new_page()
        page.set_default_timeout(30_000)
        listen_for(troubles, page)
        yield page
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(
            path=PICTURES
            / f"{request.node.module.__name__.rpartition('.')[2]}-last.png",
            full_page=True,
        )
        browser.close()
    assert not troubles, troubles
