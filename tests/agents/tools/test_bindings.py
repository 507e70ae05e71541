import pytest

from agents import authoring, config, payload
from agents.tools import bindings

GOOD = {
    "name": "find_order",
    "url": "https://api.example.com/orders",
    "method": "GET",
    "fields": [{"name": "number", "type": "integer", "required": True}],
    "headers": {"Authorization": "Bearer {{secrets.SHOP}}", "X-Shop": "7"},
    "response_fields": ["order.state"],
}


def found(**changes):
    binding = {"tool_id": "call_webhook", "provider_settings": {**GOOD, **changes}}
    return bindings.problems(config.parse({"tools": [binding]}).tools)


def test_good_settings_have_no_problem():
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"name": "Find"}, "name", "small letters"),
        ({"url": "http://api.example.com"}, "url", "https"),
        ({"url": "https://127.0.0.1/"}, "url", "public internet"),
        ({"url": "https://169.254.169.254/latest"}, "url", "public internet"),
        ({"url": "https://localhost/"}, "url", "public internet"),
        ({"method": "DELETE"}, "method", "GET"),
        ({"headers": {"Host": "x"}}, "headers", "set by the sender"),
        ({"headers": {"Transfer-Encoding": "x"}}, "headers", "set by the sender"),
        ({"headers": {"Authorization": "Bearer abc"}}, "headers", "tool secret"),
        ({"headers": {"X-Api-Key": "abc"}}, "headers", "tool secret"),
        ({"headers": {"X": "a\r\nB: c"}}, "headers", "no header"),
        ({"fields": [{"name": "class"}]}, "fields.0.name", "Python"),
        ({"fields": [{"name": "params"}]}, "fields.0.name", "Python"),
        ({"fields": [{"name": "a"}, {"name": "a"}]}, "", "same name"),
        ({"response_fields": ["a..b"]}, "response_fields.0", "pattern"),
        ({"color": "red"}, "color", "not permitted"),
    ],
)
def test_what_is_wrong_is_named_by_path(changes, path, message):
    [problem] = found(**changes)

    assert problem.path == f"tools.0.provider_settings.{path}".rstrip(".")
    assert message in problem.message


def test_only_get_may_be_called_reading():
    post = {
        "tool_id": "call_webhook",
        "side_effect": "read",
        "provider_settings": {**GOOD, "method": "POST"},
    }

    [problem] = bindings.problems(config.parse({"tools": [post]}).tools)
    assert problem.path == "tools.0.side_effect"


def test_an_mcp_server_needs_a_list_of_what_is_allowed():
    binding = {
        "tool_id": "mcp_server",
        "provider_settings": {"url": "https://mcp.example.com/mcp", "allowlist": []},
    }

    [problem] = bindings.problems(config.parse({"tools": [binding]}).tools)
    assert "allowlist" in problem.path


@pytest.mark.django_db
def test_wrong_settings_are_not_saved(workspace, owner):
    wrong = {"tool_id": "call_webhook", "provider_settings": {**GOOD, "url": "ftp://x"}}
    agent = authoring.create(
        workspace=workspace, name="A", config=config.defaults(), by=owner
    )

    with pytest.raises(config.Invalid, match=r"tools\.0\.provider_settings\.url"):
        authoring.edit(agent, changes={"tools": [wrong]}, by=owner)


def test_literal_header_values_are_not_shown():
    shown = bindings.redacted(GOOD)["headers"]

    assert shown == {
        "Authorization": "Bearer {{secrets.SHOP}}",
        "X-Shop": "[redacted]",
    }


@pytest.mark.django_db
def test_an_agent_that_is_read_and_written_back_keeps_its_headers(workspace, owner):
    tool = {"tool_id": "call_webhook", "provider_settings": GOOD}
    agent = authoring.create(
        workspace=workspace, name="A", config=config.parse({"tools": [tool]}), by=owner
    )
    told = payload.shown(agent)["tools"]
    assert told[0]["provider_settings"]["headers"]["X-Shop"] == "[redacted]"

    told[0]["provider_settings"]["purpose"] = "Finds orders."
    authoring.edit(agent, changes={"tools": told}, by=owner)

    agent.refresh_from_db()
    kept = agent.config["tools"][0]["provider_settings"]
    assert kept["headers"] == GOOD["headers"]
    assert kept["purpose"] == "Finds orders."
    # At another address the value stays where it was.
    told[0]["provider_settings"]["url"] = "https://elsewhere.example.com/orders"
    authoring.edit(agent, changes={"tools": told}, by=owner)
    agent.refresh_from_db()
    moved = agent.config["tools"][0]["provider_settings"]["headers"]
    assert moved["X-Shop"] == "[redacted]"
