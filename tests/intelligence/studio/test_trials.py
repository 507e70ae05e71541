import pytest
from django.urls import reverse

from agents import authoring
from intelligence.models import Analysis
from tests.factories import CallFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(agent):
    return reverse("intelligence:trial", args=[agent.id])


def text(response):
    return " ".join(response.content.decode().split())


def test_the_drafts_settings_are_tried_and_nothing_is_kept(
    studio, agent, call, owner, url
):
    authoring.edit(
        agent,
        changes={
            "post_call.structured_extraction.json_schema": {
                "type": "object",
                "properties": {"day": {"enum": ["Friday"]}},
            }
        },
        by=owner,
    )
    assert "Try it" in text(studio.get(url))

    shown = text(studio.post(url, {"call": str(call.id)}))

    assert "<code>day</code></dt><dd>Friday" in shown
    assert "<code>phone</code>" not in shown
    assert "Nothing was kept." in shown
    assert not Analysis.objects.exists()


def test_without_calls_it_says_how_to_get_one(studio, url):
    assert "no call with a transcript yet" in text(studio.get(url))


def test_a_model_that_refuses_gives_way_to_rules(studio, call, url, model):
    model.fault = "401"

    shown = text(studio.post(url, {"call": str(call.id)}))

    assert "The model did not do it, so rules did" in shown


@pytest.mark.parametrize("wanted", ["", "x", "0199c0de-0000-7000-8000-000000000000"])
def test_a_call_that_is_not_there_is_404(studio, call, url, wanted):
    assert studio.post(url, {"call": wanted}).status_code == 404


def test_a_neighbours_call_is_404(studio, call, url):
    assert studio.post(url, {"call": str(CallFactory().id)}).status_code == 404


def test_the_section_shows_it(studio, agent, url):
    shown = text(studio.get(f"/agents/{agent.id}/", {"section": "postcall"}))

    assert url in shown
