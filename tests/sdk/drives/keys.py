"""How the client's methods for keys are driven."""

import rymi

from tests.sdk.drives import PHONE, refused


def keys_create(w):
    told = w.rymi.keys.create("workspace", ["calls:read", "calls:write"], label="CI")
    assert told["key"].startswith("rymi_")
    assert told["key_prefix"] == told["key"][:10]
    assert told["scopes"] == ["calls:read", "calls:write"]


def keys_self(w):
    told = w.rymi.keys.self()
    assert told == {
        "kind": "account",
        "account_id": str(w.workspace.account_id),
        "workspace_id": None,
        "scopes": ["*"],
        "legacy": False,
    }


def keys_list_publishable(w):
    assert w.rymi.keys.list_publishable() == {"keys": []}


def keys_create_publishable(w):
    agent = str(w.agent().id)
    told = w.rymi.keys.create_publishable(agent, "Shop", ["web"], "sdk", PHONE)
    assert told["key"].startswith("sb_publishable_")
    assert told["default_from_number"] == PHONE
    page = rymi.Rymi(api_key=told["key"], base_url=w.url)
    started = page.calls.create(agent, [{"transport": "webrtc", "identity": "v"}])
    assert started["participants"][0]["access"]["url"]
    refused(page.calls.list, 401, "unauthorized")
    refused(page.agents.list, 401, "unauthorized")


def keys_revoke_publishable(w):
    agent = str(w.agent().id)
    made = w.rymi.keys.create_publishable(agent, "Shop")
    [key] = w.rymi.keys.list_publishable()["keys"]
    assert w.rymi.keys.revoke_publishable(key["id"]) == {"success": True}
    page = rymi.Rymi(api_key=made["key"], base_url=w.url)
    refused(lambda: page.calls.create(agent), 401, "unauthorized")
