"""What the Node SDK sends, request by request, and what it reads of the answers.

The SDK itself needs Node; what it sends stands in ``node_requests``, and its manner of
reading here: an answer that says it is JSON must be JSON, or the SDK raises a network
error.
"""

import json
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client

from accounts import keys
from accounts.models import AccountMembership, Workspace
from agents import authoring, publishing, share_links
from agents import config as configs
from agents.knowledge import sources
from billing import wallet
from telephony.models import Call
from tests import factories
from tests.sdk import calls
from tests.sdk.node_requests import EMPTY, NONE, PHONE, REQUESTS

pytestmark = pytest.mark.django_db
NOBODY = "0199c0de-0000-7000-8000-000000000000"


class Node:
    """Sends as ``src/client.ts`` does, and reads as it does."""

    def __init__(self, raw):
        self.http, self.raw = Client(), raw

    def __call__(self, method, path, body=NONE, **query):
        said = {
            "Authorization": f"Bearer {self.raw}",
            "Accept": "application/json",
            "User-Agent": "rymi-node/1.0.0",
            "Content-Type": "application/json",  # also where there is no body
        }
        content = b"" if body is NONE else json.dumps(body).encode()
        asked = "&".join(f"{k}={quote(str(v), safe='')}" for k, v in query.items())
        answer = self.http.generic(
            method,
            f"/v1{path}",
            content,
            content_type="application/json",
            QUERY_STRING=asked,
            headers=said,
        )
        if "application/json" in answer.headers.get("Content-Type", ""):
            told = json.loads(answer.content)  # an empty one is a network error
        else:
            told = answer.content.decode()
        if answer.status_code >= 400:
            assert isinstance(told["error"], str)
        return answer.status_code, told


class House:
    """One of everything, by the names that the table's paths use."""

    def __init__(self):
        cache.clear()
        self.workspace = factories.WorkspaceFactory(
            name="Ours", plan=Workspace.Plan.ENTERPRISE
        )
        owner = factories.UserFactory(email="owner@example.com")
        member = factories.MembershipFactory(workspace=self.workspace, role="viewer")
        AccountMembership.objects.create(
            account=self.workspace.account, user=owner, role="owner"
        )
        biller = factories.UserFactory(email="bill@example.com")
        AccountMembership.objects.create(
            account=self.workspace.account, user=biller, role="billing"
        )
        wallet.top_up(
            workspace=self.workspace, amount_micros=10**9, key="t", note="test"
        )
        _, raw = keys.create(workspace=self.workspace, kind="account", scopes=["*"])
        self.node = Node(raw)
        config = configs.parse({"persona": {"role": "clerk"}})
        self.agent = authoring.create(
            workspace=self.workspace, name="Desk", config=config, by=owner
        )
        publishing.publish(self.agent, by=owner)
        authoring.edit(self.agent, changes={"voice": "Aoede"}, by=owner)
        share_links.put(self.agent, fields={}, by=owner)
        publishable, _ = keys.create(
            workspace=self.workspace, kind="publishable", agent_id=self.agent.id
        )
        endpoint = factories.EndpointFactory(workspace=self.workspace)
        source = sources.add_text(
            agent=self.agent, title="Prices", text="Tea: $3.", by=owner
        )
        self.workspace.numbers.create(number=PHONE, agent=self.agent)
        self.names = {
            "agent": self.agent.id,
            "change": self.agent.changes.order_by("-id").first().id,
            "call": calls.ended(self.agent).id,
            "live": self._live().id,
            "number": quote(PHONE, safe=""),  # %2B, as Node writes it
            "publishable": publishable.id,
            "webhook": endpoint.id,
            "source": source.id,
            "workspace": self.workspace.id,
            "account": self.workspace.account_id,
            "member": member.user_id,
            "biller": biller.id,
        }

    def _live(self):
        _, told = self.node(
            "POST",
            "/calls",
            {
                "agent_id": str(self.agent.id),
                "participants": [{"transport": "webrtc", "identity": "v"}],
            },
        )
        return Call.objects.get(pk=told["id"])


@pytest.fixture
def house(db):
    return House()


def filled(thing, names):
    """Put ids where the table has names."""
    if isinstance(thing, str):
        for name, value in names.items():
            thing = thing.replace("{" + name + "}", str(value))
        return thing
    if isinstance(thing, dict):
        return {name: filled(value, names) for name, value in thing.items()}
    if isinstance(thing, list):
        return [filled(each, names) for each in thing]
    return thing


@pytest.mark.parametrize("name", REQUESTS)
def test_it_is_answered_as_the_sdk_reads_it(house, name):
    method, path, body, status, promised = REQUESTS[name]
    path, _, query = filled(path, house.names).partition("?")
    asked = dict(pair.split("=") for pair in query.split("&")) if query else {}

    found, told = house.node(method, path, filled(body, house.names), **asked)

    assert found in ((status,) if isinstance(status, int) else status), told
    assert isinstance(told, dict)
    assert set(promised.split()) <= set(told), set(promised.split()) - set(told)


@pytest.mark.parametrize(
    "path", ["/billing/auto-recharge", "/billing/alerts", "/billing/country"]
)
def test_money_is_no_keys_to_set(house, path):
    status, told = house.node("PUT", path, {"enabled": False, "billing_country": "DE"})

    assert (status, told["code"]) == (403, "forbidden")


@pytest.mark.parametrize("path", ["/realtime/token", "/webrtc/token"])
def test_removed_tokens_say_where_to_go(house, path):
    status, told = house.node("POST", path, EMPTY)

    assert status == 410
    assert (told["error"], told["code"]) == ("Gone", "realtime_token_removed")
    assert {"message", "migration_url"} <= set(told)


def test_publishing_answers_200_also_where_it_is_refused(house):
    house.node("PUT", f"/agents/{house.agent.id}", {"language": "xx-XX"})

    status, told = house.node("POST", f"/agents/{house.agent.id}/publish", EMPTY)

    assert (status, told["published"]) == (200, False)
    assert {"reason", "blockers", "warnings"} <= set(told)


def test_a_judge_that_is_not_there_is_named(house):
    path = f"/agents/{house.agent.id}/evals/run"

    status, told = house.node("POST", path, EMPTY, mode="synthetic", judge=1)

    assert (status, told["code"]) == (409, "no_model")


def test_every_refusal_is_a_sentence_and_a_word(house):
    for method, path, body in (
        ("GET", f"/agents/{NOBODY}", NONE),
        ("POST", "/calls", {"agent_id": str(house.agent.id), "participants": []}),
        ("PATCH", "/agents", NONE),
        ("GET", "/nowhere", NONE),
    ):
        status, told = house.node(method, path, body)
        assert status in (400, 404, 405)
        assert told["code"].replace("_", "").isalpha()


# ---- what the MCP package sends besides (its tools are requests of the same API)


@pytest.mark.parametrize(
    "provider",
    ["google", "googleai", "google-genai", "vertex", "gemini", "claude"],
)
def test_a_providers_other_names_are_understood(house, provider):
    status, told = house.node(
        "POST", "/agents", {"name": "A", "llm_provider": provider, "llm_model": "x"}
    )

    assert status == 201, told
    _, agent = house.node("GET", f"/agents/{told['id']}")
    assert agent["llm_provider"] in ("gemini", "anthropic", "openai")


@pytest.mark.parametrize("mode", ["builder", "raw"])
def test_the_prompt_mode_stands_in_the_settings(house, mode):
    body = {
        "name": "A",
        "system_prompt": "You sell tea.",
        "advanced": {"prompt_mode": mode},
    }
    status, told = house.node("POST", "/agents", body)

    assert status == 201, told
    _, agent = house.node("GET", f"/agents/{told['id']}")
    assert agent["advanced"]["prompt_mode"] == mode
    assert "tea" in agent["compiled_prompt"]


def test_a_webhook_tool_comes_back_without_its_literal_headers(house):
    tool = {
        "tool_id": "call_webhook",
        "enabled": True,
        "credential_ref": None,
        "timeout_ms": 6_000,
        "side_effect": "write",
        "provider_settings": {
            "name": "book_table",
            "url": "https://tables.example.com/book",
            "method": "POST",
            "purpose": "Book a table",
            "fields": [
                {
                    "name": "guests",
                    "type": "integer",
                    "description": "How many",
                    "required": True,
                }
            ],
            "headers": {
                "X-Shop": "literal-7341",
                "Authorization": "Bearer {{secrets.SHOP_KEY}}",
            },
            "send_metadata": True,
            "response_fields": ["table.number"],
        },
    }
    status, told = house.node("PUT", f"/agents/{house.agent.id}", {"tools": [tool]})
    assert status == 200, told

    _, agent = house.node("GET", f"/agents/{house.agent.id}")

    [shown] = [each for each in agent["tools"] if each["tool_id"] == "call_webhook"]
    assert shown["provider_settings"]["headers"]["X-Shop"] == "[redacted]"
    assert "literal-7341" not in json.dumps(agent)
    # Sent back as it was read, it keeps what it had.
    status, told = house.node(
        "PUT", f"/agents/{house.agent.id}", {"tools": agent["tools"]}
    )
    assert status == 200, told
