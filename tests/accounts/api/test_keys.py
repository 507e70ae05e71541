import orjson
import pytest

from accounts import keys
from tests import factories


@pytest.fixture
def key(workspace):
    return keys.create(
        workspace=workspace, kind="workspace", scopes=["keys:read"], label="Laptop"
    )


def bearer(raw, **more):
    return {"HTTP_AUTHORIZATION": f"Bearer {raw}", **more}


def test_self_tells_what_the_key_may_do(client, key, workspace):
    answer = client.get("/v1/keys/self", **bearer(key[1]))

    assert answer.json() == {
        "kind": "workspace",
        "account_id": None,
        "workspace_id": str(workspace.id),
        "scopes": ["keys:read"],
        "legacy": False,
    }


def test_list_shows_live_keys_of_the_workspace_alone(client, key, stranger):
    keys.create(
        workspace=stranger.memberships.get().workspace, kind="workspace", scopes=["*"]
    )

    listed = client.get("/v1/auth/api-keys", **bearer(key[1])).json()["keys"]

    assert [each["id"] for each in listed] == [str(key[0].id)]
    assert set(listed[0]) == {
        "id",
        "key_prefix",
        "label",
        "last_used_at",
        "created_at",
    }


@pytest.mark.parametrize(
    "header",
    [None, "Bearer", "Bearer ", "Basic abc", "Bearer rymi_nope", "Bearer \x00", "é"],
)
def test_without_a_key_it_is_401_in_the_one_shape(client, db, header):
    headers = {} if header is None else {"HTTP_AUTHORIZATION": header}

    answer = client.get("/v1/keys/self", **headers)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthorized"
    assert set(answer.json()) == {"error", "code"}


def test_a_revoked_key_is_401_with_the_next_request(client, key, owner):
    assert client.get("/v1/keys/self", **bearer(key[1])).status_code == 200

    keys.revoke(key[0], by=owner)

    assert client.get("/v1/keys/self", **bearer(key[1])).status_code == 401


def test_a_publishable_key_reads_nothing(client, workspace):
    _, raw = keys.create(workspace=workspace, kind="publishable", agent_id=workspace.id)

    assert client.get("/v1/keys/self", **bearer(raw)).status_code == 401


def test_a_key_without_the_scope_is_403_and_told_which(client, workspace):
    _, raw = keys.create(workspace=workspace, kind="workspace", scopes=["calls:write"])

    answer = client.get("/v1/auth/api-keys", **bearer(raw))

    assert answer.status_code == 403
    assert answer.json()["code"] == "forbidden"
    assert "keys:read" in answer.json()["error"]


def test_an_account_key_goes_to_its_other_workspaces(client, workspace, stranger):
    _, raw = keys.create(workspace=workspace, kind="account", scopes=["keys:read"])
    sister = factories.WorkspaceFactory(account=workspace.account)
    other, _ = keys.create(workspace=sister, kind="workspace", scopes=["*"])
    elsewhere = stranger.memberships.get().workspace

    there = client.get(
        "/v1/auth/api-keys", **bearer(raw, HTTP_RYMI_WORKSPACE=str(sister.id))
    )

    assert [each["id"] for each in there.json()["keys"]] == [str(other.id)]
    for wanted in (elsewhere.id, "nonsense"):
        answer = client.get(
            "/v1/auth/api-keys", **bearer(raw, HTTP_RYMI_WORKSPACE=str(wanted))
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_workspace_key_stays_in_its_workspace(client, key, workspace):
    sister = factories.WorkspaceFactory(account=workspace.account)

    answer = client.get(
        "/v1/auth/api-keys", **bearer(key[1], HTTP_RYMI_WORKSPACE=str(sister.id))
    )

    assert answer.status_code == 404


def test_a_session_is_asked_for_its_role(client, studio, viewer):
    assert studio.get("/v1/auth/api-keys").status_code == 200

    client.force_login(viewer)

    assert client.get("/v1/auth/api-keys").status_code == 403


def test_a_key_wins_over_the_session_beside_it(studio, stranger):
    theirs = stranger.memberships.get().workspace
    _, raw = keys.create(workspace=theirs, kind="workspace", scopes=["*"])

    answer = studio.get("/v1/keys/self", **bearer(raw))

    assert answer.json()["workspace_id"] == str(theirs.id)


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        ("/v1/nothing", "get", 404, "not_found"),
        ("/v1/", "post", 404, "not_found"),
        ("/v1/keys/self/", "get", 404, "not_found"),
        ("/v1/keys/self", "delete", 405, "method_not_allowed"),
        ("/v1/keys/self", "put", 405, "method_not_allowed"),
    ],
)
def test_every_failure_has_the_one_shape(client, key, path, method, status, code):
    # A key that may write, so that the method is what is wrong.
    key[0].scopes = ["*"]
    key[0].save()

    answer = getattr(client, method)(path, **bearer(key[1]))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["error"]


def test_the_61st_request_of_a_minute_waits(client, key, time_machine):
    time_machine.move_to("2026-03-01T12:00:18Z", tick=False)

    answers = [client.get("/v1/keys/self", **bearer(key[1])) for _ in range(61)]

    assert {each.status_code for each in answers[:60]} == {200}
    assert answers[60].status_code == 429
    assert answers[60].json()["code"] == "rate_limited"
    assert int(answers[60]["Retry-After"]) in (41, 42, 43)
    time_machine.move_to("2026-03-01T12:01:00Z", tick=False)
    assert client.get("/v1/keys/self", **bearer(key[1])).status_code == 200


def test_two_keys_share_their_workspaces_minute(
    client, key, workspace, stranger, time_machine
):
    time_machine.move_to("2026-03-01T12:00:18Z", tick=False)
    _, second = keys.create(workspace=workspace, kind="workspace", scopes=["*"])
    _, other = keys.create(
        workspace=stranger.memberships.get().workspace, kind="workspace", scopes=["*"]
    )
    for raw in (key[1], second) * 30:
        assert client.get("/v1/keys/self", **bearer(raw)).status_code == 200

    assert client.get("/v1/keys/self", **bearer(second)).status_code == 429
    assert client.get("/v1/keys/self", **bearer(other)).status_code == 200


def test_a_busy_key_is_not_read_each_time(client, key, django_assert_num_queries):
    client.get("/v1/keys/self", **bearer(key[1]))

    with django_assert_num_queries(0):
        answer = client.get("/v1/keys/self", **bearer(key[1]))

    assert orjson.loads(answer.content)["kind"] == "workspace"


def test_a_key_is_made_and_shown_once(client, workspace):
    _, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])
    body = {"kind": "workspace", "scopes": ["calls:read"], "label": "CI"}

    made = client.post(
        "/v1/auth/api-keys", body, content_type="application/json", **bearer(raw)
    )

    assert made.status_code == 201
    assert made.json()["scopes"] == ["calls:read"]
    asked = client.get("/v1/keys/self", **bearer(made.json()["key"]))
    assert asked.json()["scopes"] == ["calls:read"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"kind": "workspace", "scopes": ["calls:read"]},
        {"kind": "workspace", "scopes": ["*"]},
        {"kind": "account", "scopes": ["keys:read"]},
        {"label": "everything"},
    ],
)
def test_a_key_hands_on_no_more_than_it_has(client, workspace, wanted):
    _, raw = keys.create(
        workspace=workspace, kind="workspace", scopes=["keys:write", "agents:read"]
    )

    answer = client.post(
        "/v1/auth/api-keys", wanted, content_type="application/json", **bearer(raw)
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert workspace.api_keys.count() == 1


def test_a_key_is_revoked(client, key, workspace):
    _, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])

    answer = client.delete(f"/v1/auth/api-keys/{key[0].id}", **bearer(raw))

    assert answer.json() == {"success": True}
    assert client.get("/v1/keys/self", **bearer(key[1])).status_code == 401


def test_a_strangers_key_is_not_there(client, key, stranger):
    _, raw = keys.create(
        workspace=stranger.memberships.get().workspace, kind="workspace", scopes=["*"]
    )

    answer = client.delete(f"/v1/auth/api-keys/{key[0].id}", **bearer(raw))

    assert answer.status_code == 404
    assert client.get("/v1/keys/self", **bearer(key[1])).status_code == 200
