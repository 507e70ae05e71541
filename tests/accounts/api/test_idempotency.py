"""A POST that is sent twice with one Idempotency-Key is done once."""

from datetime import timedelta

import pytest

from accounts import idempotency, keys
from accounts.models import IdempotentRequest
from common import clock


@pytest.fixture
def post(client, api):
    def send(body, key="order-1", path="/v1/auth/api-keys", raw=api.raw):
        return client.post(
            path,
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {raw}", "Idempotency-Key": key},
        )

    return send


def made(workspace):
    return workspace.api_keys.filter(label="CI").count()


def test_the_second_gets_the_answer_of_the_first(post, workspace):
    first, second = post({"label": "CI"}), post({"label": "CI"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert second["Content-Type"] == "application/json"
    assert made(workspace) == 1


def test_another_body_under_the_same_key_is_422(post, workspace):
    post({"label": "CI"})

    answer = post({"label": "CI", "scopes": ["calls:read"]})

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"
    assert made(workspace) == 1


def test_a_twin_waits_while_the_first_is_running(post, workspace):
    post({"label": "CI"})
    IdempotentRequest.objects.update(
        state="running", lease_until=clock.now() + timedelta(seconds=30)
    )

    answer = post({"label": "CI"})

    assert answer.status_code == 409
    assert answer.json()["code"] == "idempotency_in_progress"


def test_what_a_dead_process_left_is_done_by_the_next(post, workspace):
    post({"label": "CI"})
    workspace.api_keys.filter(label="CI").delete()  # as if nothing had been kept
    IdempotentRequest.objects.update(state="running", lease_until=clock.now())

    assert post({"label": "CI"}).status_code == 201
    assert made(workspace) == 1


def test_a_refusal_is_not_kept(post, workspace):
    assert post({"label": "CI", "scopes": ["nonsense"]}).status_code == 400

    assert post({"label": "CI"}).status_code == 201
    assert IdempotentRequest.objects.count() == 1


def test_keys_are_their_senders_own(post, workspace):
    other = keys.create(workspace=workspace, kind="workspace", scopes=["*"])[1]
    post({"label": "CI"})

    answer = post({"label": "CI"}, raw=other)

    assert "Idempotent-Replayed" not in answer
    assert made(workspace) == 2


@pytest.mark.parametrize("key", [" ", "x" * 256, "a\x01"])
def test_a_key_that_is_none_is_refused(post, key, workspace):
    answer = post({"label": "CI"}, key=key)

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_idempotency_key"
    assert made(workspace) == 0


def test_after_a_day_the_key_is_free(post, workspace):
    post({"label": "CI"})
    old = clock.now() - idempotency.KEPT - timedelta(seconds=1)
    IdempotentRequest.objects.update(created_at=old)

    assert "Idempotent-Replayed" not in post({"label": "CI"})
    assert made(workspace) == 2


def test_the_sweep_forgets_what_is_older_than_a_day(post):
    post({"label": "CI"})

    assert idempotency.forget(now=clock.now() + timedelta(hours=23)) == 0
    assert idempotency.forget(now=clock.now() + timedelta(hours=25)) == 1


def test_the_answer_is_kept_encrypted(post):
    secret = post({"label": "CI"}).json()["key"]

    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM accounts_idempotentrequest")
        [(stored,)] = cursor.fetchall()
    assert secret not in stored
