"""What every endpoint does alike: bodies, errors, limits."""

import orjson
import pytest
from django.core.cache import cache
from django.test import Client

from accounts import keys
from common.api import json_body


@pytest.fixture(autouse=True)
def _no_limits_left_over():
    cache.clear()


@pytest.fixture
def post(workspace, client):
    _, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])

    def send(body, content_type="application/json", **headers):
        return client.generic(
            "POST",
            "/v1/auth/api-keys",
            body,
            content_type=content_type,
            headers={"Authorization": f"Bearer {raw}", **headers},
        )

    return send


def nested(depth):
    return b'{"label":' + b"[" * depth + b"]" * depth + b"}"


HOSTILE = {
    "nested": (nested(100_000), 400),
    "nested a little too deep": (nested(65), 400),
    "not closed": (b'{"label": "x"', 400),
    "NaN": (b'{"label": NaN}', 400),
    "infinity": (b'{"label": 1e999999}', 400),
    "twins": (b'{"label": "a", "label": "b"}', 400),
    "twins below": (b'{"x": {"a": 1, "a": 2}}', 400),
    "NUL": (b'{"label": "a\\u0000b"}', 400),
    "half a surrogate": (b'{"label": "\\ud800"}', 400),
    "latin-1": (b'{"label": "\xe9"}', 400),
    "utf-16": ('{"label": "x"}'.encode("utf-16"), 400),
    "a list": (b"[]", 400),
    "a text": (b'"x"', 400),
    "10,000 fields": (orjson.dumps({f"f{n}": n for n in range(10_000)}), 400),
    "60,000 values": (b'{"label": [' + b"0," * 60_000 + b"0]}", 400),
    "a text without an end": (b'{"label": "' + b'\\"' * 1_000_000 + b",", 400),
    "20 MB": (b'{"label": "' + b"x" * 20_000_000 + b'"}', 413),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_refused(post, workspace, name):
    body, status = HOSTILE[name]

    answer = post(body)

    assert answer.status_code == status, answer.content[:200]
    assert set(answer.json()) >= {"error", "code"}
    assert workspace.api_keys.count() == 1


def test_what_stands_in_a_text_counts_as_one_value():
    text = 'one, two [three] {four}, "five" \\' * 10_000

    assert json_body.loads(orjson.dumps({"text": text})) == {"text": text}


def test_a_compressed_body_is_415(post):
    assert (
        post(b"\x1f\x8b" + b"x" * 100, **{"Content-Encoding": "gzip"}).status_code
        == 415
    )


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "nonsense"])
def test_another_type_is_415(post, kind):
    answer = post(b"hello", content_type=kind)

    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"


def test_a_type_may_name_its_charset(post):
    answer = post(b'{"label": "x"}', content_type="application/json; charset=utf-8")

    assert answer.status_code == 201


def test_a_post_without_a_body_is_fine(post):
    assert post(b"", content_type="").status_code == 201


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense"])
def test_the_answer_is_json_whatever_is_accepted(post, accept):
    answer = post(b"{}", Accept=accept)

    assert (answer.status_code, answer["Content-Type"]) == (201, "application/json")


def test_a_path_that_is_not_there_needs_no_csrf_token():
    """Programs have none: they shall learn that the address is wrong."""
    answer = Client(enforce_csrf_checks=True).post("/v1/nothing/+1 555")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "/v1/nothing/+1 555" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/v1/realtime/token", "/v1/webrtc/token"])
def test_the_old_tokens_are_gone(path):
    answer = Client(enforce_csrf_checks=True).post(path)

    assert answer.status_code == 410
    assert answer.json()["error"] == "Gone"
    assert answer.json()["code"] == "realtime_token_removed"
    assert answer.json()["migration_url"]


def test_a_quota_that_is_nearly_used_up_is_told(client, workspace, time_machine):
    time_machine.move_to("2026-03-01T12:00:18Z", tick=False)
    _, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])
    header = "x-rymi-quota-soft-breach"

    answers = [
        client.get("/v1/keys/self", headers={"Authorization": f"Bearer {raw}"})
        for _ in range(60)
    ]

    told = [each.headers.get(header) for each in answers]
    assert told == [None] * 48 + ["requests_per_minute"] * 12


def test_guessing_keys_is_slowed_down_and_good_keys_are_not(client, workspace):
    _, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])
    wrong = {"Authorization": "Bearer rymi_wrong"}

    statuses = [
        client.get("/v1/keys/self", headers=wrong).status_code for _ in range(61)
    ]

    assert statuses == [401] * 60 + [429]
    right = client.get("/v1/keys/self", headers={"Authorization": f"Bearer {raw}"})
    assert right.status_code == 200


def test_the_description_is_there_for_everybody(client, db):
    answer = client.get("/v1/openapi.json")

    document = answer.json()
    operation = document["paths"]["/v1/auth/api-keys"]["post"]
    assert document["openapi"].startswith("3.")
    assert {"201", "400", "401", "403", "429"} <= set(operation["responses"])
    assert "Idempotency-Key" in {each["name"] for each in operation["parameters"]}
    assert client.get("/v1/docs").status_code == 200
