"""A database that does not answer in time, really: rows that somebody holds (PostgreSQL),
or a file that takes no writes (SQLite)."""

import contextlib
import threading

import pytest
from django.db import connection, transaction

from agents.models import Agent
from tests import factories

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
SENTENCE = "The database does not answer just now. Try again in a moment."


@pytest.fixture
def agent(workspace):
    return factories.AgentFactory(workspace=workspace)


@contextlib.contextmanager
def busy(agent):
    """Let nobody write the agent."""
    if connection.vendor == "sqlite":
        with told("PRAGMA query_only = 1", "PRAGMA query_only = 0"):
            yield
        return
    held, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Agent.objects.select_for_update().get(pk=agent.pk)
            held.set()
            done.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    try:
        with told("SET lock_timeout = '100ms'", "SET lock_timeout = '3s'"):
            yield
    finally:
        done.set()
        holder.join()


@contextlib.contextmanager
def told(before, after):
    with connection.cursor() as cursor:
        cursor.execute(before)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(after)


def test_a_program_is_told_to_try_again(api, agent):
    with busy(agent):
        refused = api.put(f"/agents/{agent.pk}", {"name": "Reception"})

    assert refused.status_code == 503
    assert refused.json() == {"error": SENTENCE, "code": "unavailable"}
    assert int(refused["Retry-After"]) > 0
    assert api.put(f"/agents/{agent.pk}", {"name": "Reception"}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_person_is_told_to_try_again(studio, agent, headers):
    studio.get("/agents/")  # what a session writes first is written
    form = {"persona.role": "porter"}

    with busy(agent):
        refused = studio.post(
            f"/agents/{agent.pk}/sections/persona/", form, headers=headers
        )

    assert refused.status_code == 503
    assert SENTENCE in refused.text
    assert int(refused["Retry-After"]) > 0
    assert ("<main" in refused.text) is not bool(headers)
