"""What the Node SDK sends, request by request, and what it reads of the answers.

The SDK itself needs Node; its requests are recorded here from its types and client: the
paths it builds (``encodeURIComponent``), bodies in its key order, no body where it sends
none, and its manner of reading: an answer that says it is JSON must be JSON, or the SDK
raises a network error.
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

pytestmark = pytest.mark.django_db
PHONE = "+15551230001"
NOBODY = "0199c0de-0000-7000-8000-000000000000"
NONE, EMPTY = None, {}  # no body at all; "{}"


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


NEW = {"persona": {"callerPersonas": [{"type": "New", "approach": "slow"}]}}
HOOK = {
    "url": "https://hooks.example.com/rymi",
    "events": ["call.completed", "call.started", "of.tomorrow"],
    "secret": "whsec_0123456789abcdef",
    "alert_email": None,
}
# What the SDK calls it → method, path, body, status, keys that its type promises
REQUESTS = {
    "keys.self": ("GET", "/keys/self", NONE, 200, "kind account_id workspace_id scopes legacy"),
    "keys.listPublishable": ("GET", "/keys/publishable", NONE, 200, "keys"),
    "keys.createPublishable": (
        "POST",
        "/keys/publishable",
        {"agent_id": "{agent}", "label": "Site", "allowed_channels": ["web"]},
        201,
        "key agent_id label allowed_channels audience default_from_number",
    ),
    "keys.revokePublishable": ("DELETE", "/keys/publishable/{publishable}", NONE, 200, "success"),
    "keys.create": (
        "POST",
        "/auth/api-keys",
        {"kind": "workspace", "scopes": ["calls:read"], "label": "CI"},
        201,
        "id key key_prefix kind scopes label created_at",
    ),
    "agents.list": ("GET", "/agents?limit=500", NONE, 200, "agents total offset limit"),
    "agents.create": ("POST", "/agents", {"name": "Front", **NEW}, 201, "status id"),
    "agents.retrieve": ("GET", "/agents/{agent}", NONE, 200, "id name compiled_prompt tools created_at"),
    "agents.update": (
        "PUT",
        "/agents/{agent}",
        {"chat_summary": None, "llm_fallback_provider": None, "custom_llm_url": None},
        200,
        "status",
    ),
    "agents.update tools": (
        "PUT",
        "/agents/{agent}",
        {
            "tools": [
                {
                    "tool_id": "schedule_callback",
                    "enabled": True,
                    "credential_ref": None,
                    "timeout_ms": 4_000,
                    "side_effect": "write",
                    "provider_settings": {},
                }
            ]
        },
        200,
        "status",
    ),
    "agents.delete": ("DELETE", "/agents/{agent}", NONE, 200, "status id"),
    "agents.llmOptions": ("GET", "/agents/llm-options", NONE, 200, "models voices"),
    "agents.clone": ("POST", "/agents/{agent}/clone", EMPTY, 201, "status id"),
    "agents.listCalls": ("GET", "/agents/{agent}/calls?limit=5", NONE, 200, "calls total offset limit agent_id"),
    "agents.validatePublish": ("POST", "/agents/validate-publish", {"agent_id": "{agent}"}, 200, ""),
    "agents.publish": ("POST", "/agents/{agent}/publish", EMPTY, 200, "published agent_id snapshot_id published_at"),
    "agents.applyChanges": (
        "POST",
        "/agents/apply-changes",
        {
            "currentConfig": {"tone": "warm"},
            "changes": [{"key": "role", "value": "clerk"}],
            "mode": "edit",
            "lenient": True,
        },
        200,
        "valid config applied",
    ),
    "agents.previewStack": (
        "POST",
        "/agents/stack-preview",
        {"supported_languages": ["en-US", "de-DE"], "current_provider_config": {}},
        200,
        "",
    ),
    "agents.listChanges": ("GET", "/agents/{agent}/changes", NONE, 200, "changes"),
    "agents.undoChange": ("POST", "/agents/{agent}/changes/{change}/undo", EMPTY, 200, "ok changeId agentSnapshot"),
    "agents.listKnowledgeSources": ("GET", "/agents/{agent}/knowledge-sources", NONE, 200, "sources"),
    "agents.addKnowledgeSource": (
        "POST",
        "/agents/{agent}/knowledge-sources",
        {"kind": "text", "title": "Hours", "text": "Open at nine."},
        (201, 202),
        "source",
    ),
    "agents.runEvals": ("POST", "/agents/{agent}/evals/run?mode=synthetic", EMPTY, (200, 202), "id"),
    "agents.runEvalSuite": (
        "POST",
        "/agents/evals/suite",
        {"agentIds": ["{agent}"], "concurrency": 99, "judge": False},
        202,
        "",
    ),
    "templates.list": ("GET", "/agent-templates", NONE, 200, "templates"),
    "calls.create phone shape": (
        "POST",
        "/calls",
        {
            "agent_id": "{agent}",
            "participants": [{"transport": "webrtc", "identity": "a", "from_number": None}],
            "metadata": {},
            "variables": {},
        },
        201,
        "id room_name status participants agent",
    ),
    "calls.list": ("GET", "/calls?limit=2&status=completed", NONE, 200, "calls total limit offset next_cursor"),
    "calls.active": ("GET", "/calls/active", NONE, 200, "calls"),
    "calls.retrieve": (
        "GET",
        "/calls/{call}",
        NONE,
        200,
        "id agent_id room_name status duration_seconds started_at ended_at participants metadata"
        " intelligence_status participant_count primary_participant total_cost provider_cost"
        " provider_cost_breakdown provider_cost_calculated_at bill_duration",
    ),
    "calls.summary": ("GET", "/calls/{call}/summary", NONE, 200, "summary sentiment"),
    "calls.transcript": ("GET", "/calls/{call}/transcript", NONE, 200, "text segments"),
    "calls.recording": ("GET", "/calls/{call}/recording", NONE, 200, "recording_url status"),
    "calls.reprocess": ("POST", "/calls/{call}/reprocess", NONE, 202, ""),
    "calls.end": ("POST", "/calls/{live}/end", NONE, 200, "status id message"),
    "calls.queueStats": ("GET", "/calls/queue/stats", NONE, 200, "queued active"),
    "numbers.list": ("GET", "/numbers?limit=500", NONE, 200, "numbers total offset limit"),
    "numbers.register": ("POST", "/numbers", {"number": PHONE, "agent_id": None}, 200, "status number agent_id webhook"),
    "numbers.attach": ("POST", "/numbers/{number}/attach", {"agent_id": "{agent}"}, 200, "status agent_id number webhook"),
    "numbers.detach": ("POST", "/numbers/{number}/detach", NONE, 200, "status number"),
    "numbers.provisionWebhook": ("POST", "/numbers/{number}/webhook", NONE, 200, "number webhook"),
    "numbers.remove": ("DELETE", "/numbers/{number}", NONE, 200, "status number"),
    "telephony.status": ("GET", "/telephony/status", NONE, 200, "connected provider account_name account_country"),
    "telephony.disconnect": ("POST", "/telephony/disconnect", NONE, 200, "status message"),
    "webhooks.list": ("GET", "/webhooks?limit=500", NONE, 200, "webhooks total offset limit"),
    "webhooks.create": ("POST", "/webhooks", HOOK, 201, "status id url events created_at"),
    "webhooks.update": ("PATCH", "/webhooks/{webhook}", {"alert_email": None}, 200, "status id"),
    "webhooks.delete": ("DELETE", "/webhooks/{webhook}", NONE, 200, "status id"),
    "billing.usageSummary": ("GET", "/billing/usage-summary", NONE, 200, "voice_runtime"),
    "billing.estimate": ("POST", "/billing/estimate", {"duration_seconds": 90}, 200, ""),
    "dnc.list": ("GET", "/dnc?limit=500", NONE, 200, "dnc_entries total offset limit"),
    "dnc.add": ("POST", "/dnc", {"phone_number": PHONE}, 201, "status phone_number"),
    "dnc.addBatch": ("POST", "/dnc/batch", {"phone_numbers": [PHONE, "x"]}, (200, 201), "status count invalid_count invalid"),
    "dnc.check": ("POST", "/dnc/check", {"phone_numbers": [PHONE]}, 200, "results blocked_count total_checked"),
    "workspaces.list": ("GET", "/workspaces", NONE, 200, "workspaces"),
    "workspaces.create": ("POST", "/workspaces", {"name": "New", "operating_country": "DE"}, 201, "workspace"),
    "workspaces.update": ("PATCH", "/workspaces/{workspace}", {"name": "Renamed"}, 200, "ok"),
    "workspaces.usage": ("GET", "/workspaces/{workspace}/usage?month=2026-10", NONE, 200, "workspace_id month calls minutes"),
    "workspaces.listMembers": ("GET", "/workspaces/{workspace}/members", NONE, 200, "members"),
    "workspaces.addMember": ("POST", "/workspaces/{workspace}/members", {"email": "new@example.com"}, 201, "member"),
    "workspaces.removeMember": ("DELETE", "/workspaces/{workspace}/members/{member}", NONE, 200, "ok"),
    "accounts.list": ("GET", "/accounts", NONE, 200, "accounts"),
    "accounts.get": ("GET", "/accounts/{account}", NONE, 200, "account"),
    "accounts.update": ("PATCH", "/accounts/{account}", {"name": "Acme"}, 200, "ok"),
    "accounts.listMembers": ("GET", "/accounts/{account}/members", NONE, 200, "members"),
    "accounts.updateMember": ("PATCH", "/accounts/{account}/members/{biller}", {"role": "admin"}, 200, "member"),
    "accounts.removeMember": ("DELETE", "/accounts/{account}/members/{biller}", NONE, 200, "ok"),
    "accounts.workspaces": ("GET", "/accounts/{account}/workspaces", NONE, 200, "workspaces"),
    "toolSecrets.list": ("GET", "/tool-secrets", NONE, 200, "data"),
    "toolSecrets.set": ("PUT", "/tool-secrets/SHOP_KEY", {"value": "s3", "host": "shop.example.com"}, 200, "data"),
    "shareLink.set": ("PUT", "/agents/{agent}/share-link", {"enabled": True, "minutes_limit": 60}, 200, "url"),
    "shareLink.regenerate": ("POST", "/agents/{agent}/share-link/regenerate", EMPTY, 200, "url"),
    "agents.testers": ("GET", "/agents/{agent}/testers", NONE, 200, "link_feature link testers"),
}  # fmt: skip


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
