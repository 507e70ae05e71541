import pytest
from django.urls import reverse

from tests.intelligence.test_pipeline import work_out

pytestmark = pytest.mark.django_db
URL = reverse("intelligence:analytics")


def text(response):
    return " ".join(response.content.decode().split())


def test_it_shows_what_calls_came_to(studio, call):
    work_out(call)

    shown = text(studio.get(URL))

    assert "$0.06" in shown
    assert "Positive" in shown
    assert "100%" in shown
    assert call.agent.name in shown


def test_without_calls_it_says_so(studio):
    assert "No calls in these days" in text(studio.get(URL))


def test_a_year_and_an_agent_are_asked_for(studio, call):
    work_out(call)

    shown = text(studio.get(URL, {"span": "365", "agent": str(call.agent_id)}))
    assert "$0.06" in shown
    assert "No calls" in text(
        studio.get(URL, {"agent": "0199c0de-0000-7000-8000-000000000000"})
    )
    assert studio.get(URL, {"span": "x", "agent": "y"}).status_code == 200


def test_a_stranger_sees_nothing_of_it(client, stranger, call):
    client.force_login(stranger)

    assert "No calls in these days" in text(client.get(URL))
