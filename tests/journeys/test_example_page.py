"""The example page of the docs, on a server of its own, talks to an agent of ours.

Nothing of it is changed but the three lines that its reader changes, too.
"""

import base64
import contextlib
import http.server
import json
import re
import threading
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import expect

from accounts import keys
from agents.knowledge import ingestion
from billing import wallet
from common import clock
from telephony.models import Call
from tests import factories, second_ear, speech
from tests.browser import PICTURES
from tests.journeys.conftest import RATE_UP, wav

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.realtime,
    pytest.mark.long,
    pytest.mark.models,
    pytest.mark.timeout(300),
]
EXAMPLE = Path("docs/examples/browser-call.html")
OPENER = "Hello, this is Ava at Lakeside Telephone. How can I help you today?"
FACT = "All circuits are busy in the evening. Please call again in the morning."
SAID = "all-circuits-busy-now"
ASKED = "vm-savefolder"  # which the agent knows nothing of, and looks up by its tool
PATIENCE_MS = 90_000


class Program:
    """Somebody who knows the API's description and a key, and nothing else of us."""

    def __init__(self, server, key):
        self.server, self.key = server, key
        self.described = self.ask("GET", "/v1/openapi.json")["paths"]

    def __call__(self, method, template, body=None, **ids):
        """Ask for something that the description has."""
        assert method.lower() in self.described[template]
        return self.ask(method, template.format(**ids), body)

    def ask(self, method, path, body=None):
        answer = httpx2.request(
            method,
            self.server + path,
            json=body,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=60,
        )
        assert answer.is_success, answer.text
        return answer.json()


@pytest.fixture
def program(product):
    workspace = factories.WorkspaceFactory(name="Ours")
    wallet.top_up(workspace=workspace, amount_micros=10**9, key="t", note="test")
    _, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])
    return Program(product, raw)


@pytest.fixture
def agent(program):
    """An agent made, taught, given a tool and published over the API; its id."""
    made = program(
        "POST",
        "/v1/agents",
        {
            "name": "Desk",
            "persona": {"name": "Ava", "role": "clerk"},
            "playbook": {"opener": OPENER},
            "advanced": {"silencePromptDelay": 60, "postSilenceHangup": 180},
        },
    )["id"]
    known = program(
        "POST",
        "/v1/agents/{agent_id}/knowledge-sources",
        {"kind": "text", "title": "When to call", "text": FACT},
        agent_id=made,
    )["source"]["id"]
    ingestion.read(known, now=clock.now())  # which a worker does
    sources = program("GET", "/v1/agents/{agent_id}/knowledge-sources", agent_id=made)[
        "sources"
    ]
    assert [each["status"] for each in sources] == ["ready"]
    tools = [{"tool_id": "datetime_now"}, {"tool_id": "knowledge_search"}]
    program("PUT", "/v1/agents/{agent_id}", {"tools": tools}, agent_id=made)
    published = program("POST", "/v1/agents/{agent_id}/publish", agent_id=made)
    assert published["published"], published
    return made


class Page(http.server.BaseHTTPRequestHandler):
    """Somebody else's web server."""

    def do_GET(self):
        body = self.server.text.encode() if self.path == "/" else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def example(product, program, agent):
    """The page as its reader would fill it in; yields its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    address = f"http://127.0.0.1:{server.server_port}"
    wanted = {"agent_id": agent, "label": "Page", "allowed_origins": [address]}
    key = program("POST", "/v1/keys/publishable", wanted)["key"]
    server.text = filled(EXAMPLE.read_text(), product, key, agent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield address
    server.shutdown()


def filled(text, server, key, agent_id):
    for placeholder, value in (
        ("https://voice.example.com", server),
        ("sb_publishable_…", key),
        ("the agent's id", str(agent_id)),
    ):
        assert text.count(placeholder) == 1
        text = text.replace(placeholder, value)
    return text


def test_the_page_is_as_short_as_promised():
    script = re.search("<script>\n(.*)</script>", EXAMPLE.read_text(), re.S)[1]

    assert len(script.splitlines()) <= 30


def say_until_heard(page, prompt, heard):
    """Speak as a person does who gets no answer: once more. A machine at its limits may
    still be speaking the greeting, and takes the first words for its echo."""
    for _ in range(4):
        recording = base64.b64encode(wav(speech.prompt(prompt, RATE_UP))).decode()
        page.evaluate("recording => window.say(recording)", recording)
        with contextlib.suppress(AssertionError):
            expect(heard).to_be_visible(timeout=20_000)
            return
    raise AssertionError("the agent heard nothing of the caller")


def test_a_caller_hears_the_agent_and_is_heard(example, page, agent):
    page.goto(example)
    page.get_by_role("button", name="Talk").click()
    lines = page.locator("#said li")
    expect(lines.filter(has_text="How can I help you today?")).to_be_visible(
        timeout=PATIENCE_MS
    )
    page.wait_for_timeout(6_000)  # it is shown while it is spoken
    callers = lines.filter(has_text="You:")
    say_until_heard(page, SAID, callers.first)
    expect(lines.filter(has_text="Agent:").nth(1)).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_timeout(6_000)
    say_until_heard(page, ASKED, callers.filter(has_text="folder").first)
    expect(lines.filter(has_text="Agent:").nth(2)).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="End").click()
    expect(lines.filter(has_text="Ended:")).to_be_visible(timeout=PATIENCE_MS)

    recording = PICTURES / "example-heard.webm"
    PICTURES.mkdir(parents=True, exist_ok=True)
    recording.write_bytes(base64.b64decode(page.evaluate("takePlayed()")))
    heard = second_ear.transcribe(str(recording))
    rate = second_ear.word_error_rate(OPENER, heard[: len(OPENER) + 10])
    assert rate <= 0.2, heard
    call = Call.objects.get()
    assert str(call.agent_id) == agent
    assert call.snapshot is not None
    recalled = call.timeline.filter(kind="recalled").first()
    assert "When to call" in json.dumps(recalled.detail)
    used = call.timeline.filter(kind="tool_called").first()
    assert used.detail["name"] == "knowledge_search", used.detail
    assert "folder" in json.dumps(used.detail["arguments"])
    assert call.settled_at is not None
    assert call.transcript_segments.filter(speaker="user").exists()
