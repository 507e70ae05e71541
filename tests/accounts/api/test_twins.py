"""Twins of one request at the same moment: one thing is made, and all are told of it.

TWIN_ROUNDS=50 tests/services/run .venv/bin/pytest -q tests/accounts/api/test_twins.py
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import Client

from accounts import keys
from accounts.models import IdempotentRequest
from billing.models import Plan

TWINS = 20
ROUNDS = int(os.environ.get("TWIN_ROUNDS", "3"))

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def send(workspace):
    workspace.plan = "enterprise"
    workspace.save()
    Plan.objects.update_or_create(
        pk="enterprise", defaults={"name": "E", "requests_per_minute": None}
    )
    _, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])

    def post(key, label, address="10.0.0.1"):
        try:
            answer = Client(REMOTE_ADDR=address).post(
                "/v1/auth/api-keys",
                {"label": label},
                content_type="application/json",
                headers={"Authorization": f"Bearer {raw}", "Idempotency-Key": key},
            )
            return answer.status_code, answer.content
        finally:
            if threading.current_thread() is not threading.main_thread():
                connections.close_all()

    return post


def at_once(send, key, label, number):
    """Send twins that all start together; return their answers."""
    gate = threading.Barrier(TWINS)

    def one(n):
        gate.wait()
        return send(key, label, f"10.{number}.0.{n}")

    with ThreadPoolExecutor(TWINS) as pool:
        return list(pool.map(one, range(TWINS)))


@pytest.mark.services
def test_twenty_twins_make_one_thing(send, workspace):
    if "memory" in str(connection.settings_dict["NAME"]):
        pytest.skip("an in-memory database has one connection")
    for number in range(ROUNDS):
        label = f"CI {number}"
        answers = at_once(send, f"order-{number}", label, number)

        assert {status for status, _ in answers} <= {201, 409}, answers
        made = {body for status, body in answers if status == 201}
        assert len(made) == 1, "twins were told different things"
        waits = {body for status, body in answers if status == 409}
        assert all(b"idempotency_in_progress" in body for body in waits)
        assert workspace.api_keys.filter(label=label).count() == 1
        # Whoever had to wait asks again and is told the same.
        assert send(f"order-{number}", label) == (201, *made)
        assert send(f"order-{number}", "another")[0] == 422
    done = IdempotentRequest.objects.filter(state=IdempotentRequest.State.DONE)
    assert done.count() == ROUNDS
