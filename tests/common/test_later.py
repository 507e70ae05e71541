"""Redis is away: nobody's request fails of it, and the sweeps do the work."""

import pytest
from celery import Celery
from django.test import override_settings
from django.urls import reverse

from common import clock, later
from intelligence import pipeline
from telephony import calls, connections, numbers
from telephony.models import Call
from tests import factories, processes
from tests.api import Api
from tests.doubles.carriers import NUMBER
from webhooks import delivery
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def no_redis(monkeypatch):
    """Ask a port that nobody serves for all that a Redis is asked."""
    away = f"redis://127.0.0.1:{processes.free_port()}/0"
    app = Celery("away", broker=away, set_as_current=False)
    app.finalize()  # which gives it every app's tasks
    monkeypatch.setattr(later, "current_app", app)
    cache = {
        "BACKEND": "common.cache.PatientRedisCache",
        "LOCATION": away,
        "OPTIONS": {"socket_connect_timeout": 1},
    }
    with override_settings(CACHES={"default": cache}):
        yield


def test_a_broker_that_is_away_raises_nothing(no_redis, agent, owner):
    call, _ = calls.start_test(agent=agent, by=owner)
    calls.answer(call.id, now=clock.now())

    calls.end(call.id, calls.Outcome(Call.EndReason.CLOSED), now=clock.now())

    ended = Call.objects.get()
    assert ended.settled_at
    assert ended.handed_over_at is None  # nobody was nudged
    pipeline.sweep(now=clock.now())
    while pipeline.advance(call.id, now=clock.now()):
        pass
    assert Event.objects.filter(type="call.completed").count() == 1


def test_the_api_answers_without_its_cache(no_redis, workspace):
    api = Api(workspace)

    answers = [
        api.post("/webhooks", {"url": f"https://hooks{n}.example.com/", "events": ["*"], "secret": "w" * 16})
        for n in range(3)
    ]  # fmt: skip

    assert [each.status_code for each in answers] == [201] * 3
    assert api.get("/webhooks").json()["total"] == 3
    assert api.get("/agents").status_code == 200


def test_a_sample_waits_for_the_sweep(no_redis, studio, workspace):
    endpoint = factories.EndpointFactory(workspace=workspace)
    address = reverse("webhooks:endpoint-sample", args=[endpoint.pk])

    answer = studio.post(address, {"event": "call.completed"})

    assert answer.status_code == 200
    assert list(delivery.lanes_waiting(clock.now())) == [endpoint]


def test_numbers_are_bound_by_a_sweep_if_no_worker_heard(
    no_redis, twilio, workspace, owner
):
    number, _ = numbers.register(workspace=workspace, number=NUMBER, by=owner)
    assert number.binding == "no_carrier"
    connections.connect(
        workspace=workspace, provider="twilio", credentials=twilio.credentials, by=owner
    )

    early = numbers.bind_left_over(now=clock.now())
    late = numbers.bind_left_over(now=clock.now() + 2 * numbers.NUDGED_WITHIN)
    again = numbers.bind_left_over(now=clock.now() + 2 * numbers.NUDGED_WITHIN)

    number.refresh_from_db()
    assert (early, late, again) == (0, 1, 0)
    assert number.binding == "configured"
