"""Credentials for tools, over the API, and through the official client."""

import pytest

from tests import factories
from tests.api import Api

CANARY = "sk-canary-7341"


@pytest.fixture
def api(workspace):
    return Api(workspace)


def test_a_secret_goes_in_and_never_comes_out(api):
    made = api.put("/tool-secrets/SHOP", {"value": CANARY, "host": "api.example.com"})

    assert (made.status_code, made.json()) == (200, {"data": {"name": "SHOP"}})
    listed = api.get("/tool-secrets")
    assert listed.json() == {"data": [{"name": "SHOP", "host": "api.example.com"}]}
    assert CANARY not in listed.content.decode() + made.content.decode()


def test_it_is_replaced_and_deleted(api, workspace):
    api.put("/tool-secrets/SHOP", {"value": "old", "host": "a.example.com"})
    api.put("/tool-secrets/SHOP", {"value": "new", "host": "b.example.com"})

    assert workspace.tool_secrets.get().value == "new"
    assert api.delete("/tool-secrets/SHOP").json() == {"data": {"name": "SHOP"}}
    assert api.delete("/tool-secrets/SHOP").status_code == 404


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("shop", {"value": "x", "host": "a.example.com"}),
        ("SHOP", {"value": "", "host": "a.example.com"}),
        ("SHOP", {"value": "x" * 4097, "host": "a.example.com"}),
        ("SHOP", {"value": "x"}),
        ("SHOP", {"value": "x", "host": "10.0.0.1"}),
    ],
)
def test_what_is_wrong_is_named(api, name, body):
    answer = api.put(f"/tool-secrets/{name}", body)

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_request"


def test_a_stranger_sees_and_takes_nothing(api):
    api.put("/tool-secrets/SHOP", {"value": CANARY, "host": "a.example.com"})
    stranger = Api(factories.WorkspaceFactory())

    assert stranger.get("/tool-secrets").json() == {"data": []}
    assert stranger.delete("/tool-secrets/SHOP").status_code == 404


def test_a_key_needs_the_scope(workspace):
    api = Api(workspace, scopes=["agents:write"])

    assert api.get("/tool-secrets").status_code == 403
