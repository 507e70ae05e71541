"""A real Chromium for tests marked ``browser``.

A browser test asks for ``signed_in`` (a page in which the owner is signed in) or
``open_page(user=…, **context options)``. Every page fails its test when it logs an error, throws,
or trips over the Content-Security-Policy. ``accessible(page)`` runs axe in light and
dark; ``picture(page, "name")`` proves that the page fits, and saves screenshots for people
to look at where ``RYMI_PICTURES`` names a folder.

Keep browser tests in modules of their own, without ``async`` tests: Playwright's event
loop runs in the module's thread.
"""

import contextlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

# Without a screen, drawing a page costs a quarter, and axe half, of what it does with one.
CHROMIUM = (
    shutil.which("chromium-headless-shell")
    or shutil.which("chromium")
    or "/usr/bin/chromium"
)
AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1.min.js"
PICTURES = Path(
    os.environ.get("RYMI_PICTURES", f"{tempfile.gettempdir()}/rymi-pictures")
)
WANTS_PICTURES = "RYMI_PICTURES" in os.environ
WIDTHS = {"wide": (1440, 900), "phone": (390, 844)}
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"]

PATIENCE_MS = 30_000  # a busy machine is no failure

expect.set_options(timeout=PATIENCE_MS)
# What htmx calls an error: a list that is asked anew before its last answer came.
ABORTED = ("htmx:sendAbort", "htmx:afterRequest")
_under_axe: set[Page] = set()  # axe tries inline styles, which the CSP refuses aloud


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium; skip loudly where there is none."""
    if not Path(CHROMIUM).exists():
        warnings.warn("BROWSER TESTS SKIPPED: install chromium", stacklevel=1)
        pytest.skip("no Chromium: apt-get install chromium")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    # Playwright's loop runs in this thread, and Django takes that for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(chromium, live_server):
    """Return a function that opens a page, signed in as ``user`` if one is given."""
    contexts: list = []
    troubles: list[str] = []

    def open_one(user=None, path: str | None = None, **options) -> Page:
        width, height = WIDTHS["wide"]
        options.setdefault("viewport", {"width": width, "height": height})
        # Nothing is judged half faded in.
        options.setdefault("reduced_motion", "reduce")
        context = chromium.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if user:
            context.add_cookies([session_of(user, live_server.url)])
        page = context.new_page()
        listen_for(troubles, page)
        if path:
            page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not troubles, "the page complained: " + "; ".join(sorted(set(troubles)))


@pytest.fixture
def signed_in(open_page, owner) -> Page:
    """A page in which the owner is signed in."""
    return open_page(user=owner)


def listen_for(troubles: list[str], page: Page) -> None:
    """Write down what the page complains of, but for what axe does to it."""

    def note(message: ConsoleMessage) -> None:
        # A refused request is part of some tests; they look at its status themselves.
        if message.type != "error" or message.page in _under_axe:
            return
        if message.text.startswith(ABORTED):
            return
        if "Failed to load resource" not in message.text:
            troubles.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: troubles.append(error.message))


def session_of(user, url: str):
    """Sign ``user`` in and return the cookie that says so."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


# axe's rules that look at colours; the others find in dark what they found in light.
OF_COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
}
ALL: dict[str, object] = {}


def accessible(page: Page, *, within: str = "body") -> None:
    """Fail on what axe calls serious or critical, in light and in dark."""
    for scheme, rules in (("light", ALL), ("dark", OF_COLOURS)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        bad = [
            f"{each['id']} ({scheme}): {node['html'][:200]} {node['failureSummary']}"
            for each in _violations(page, within, rules)
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]
        assert not bad, "\n".join(bad)
    page.emulate_media(color_scheme=None)


def _violations(page: Page, within: str, rules: dict) -> list[dict]:
    _under_axe.add(page)
    try:
        # Not by a script tag: the CSP would refuse it.
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE.read_text())
        options = {"resultTypes": ["violations"], **rules}
        found = page.evaluate(
            "([within, options]) => axe.run(within, options)", [within, options]
        )
    finally:
        page.wait_for_timeout(100)  # its complaints arrive a little later
        _under_axe.discard(page)
    return found["violations"]


def wait_until(page: Page, condition: str, *, seconds: float = 30) -> None:
    """Wait for an expression in the page; Playwright's own way needs 'unsafe-eval'."""
    for _ in range(int(seconds * 10)):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{condition} did not come true in {seconds} s")


@contextlib.contextmanager
def grumbling(page: Page) -> Iterator[None]:
    """Let the page complain for a while: the line is down, or the server is."""
    _under_axe.add(page)
    yield
    page.wait_for_timeout(100)
    _under_axe.discard(page)


def fits(page: Page) -> None:
    """Fail when the page can be scrolled sideways."""
    wide, room = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= room, f"{page.url} is {wide} px wide in {room} px"


def picture(page: Page, name: str, *, full: bool = True) -> None:
    """Prove that the page fits at two widths, and save it in light and dark if wanted."""
    before = page.viewport_size
    for size, (width, height) in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark") if WANTS_PICTURES else ():
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.wait_for_timeout(150)
            PICTURES.mkdir(parents=True, exist_ok=True)
            path = PICTURES / f"{name}-{size}-{scheme}.png"
            page.screenshot(path=path, full_page=full, caret="initial")
        fits(page)
    if before:
        page.set_viewport_size(before)
    page.emulate_media(color_scheme=None)
