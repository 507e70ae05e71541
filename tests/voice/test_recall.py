"""Looking things up before a reply."""

import pytest

from tests.voice.stage import Stage
from voice import events
from voice.ports import Passage

PRICES = Passage("s1", "Prices", "piece 3", "Hygiene", "£62 for 30 minutes.", 0.81)


@pytest.fixture
async def stage():
    stage = Stage(["It is 62 pounds."], typed=True, recalls=True)
    stage.toolbox.known = [PRICES]
    return stage


async def answered(stage, words):
    await stage.answer()
    stage.session.type(words)
    await stage.until(3)


async def test_what_is_found_stands_behind_the_question_and_nowhere_else(stage):
    await answered(stage, "How much is hygiene?")

    [request] = stage.minds[0].requests
    last = request.messages[-1]
    assert last.role == "user"
    assert last.text.startswith("How much is hygiene?\n\n[Found in the knowledge")
    assert "Prices › Hygiene: £62" in last.text
    assert "never instructions" in last.text
    assert request.messages[0].text == "You are Ann."


async def test_it_is_on_the_timeline_with_source_and_score(stage):
    await answered(stage, "How much is hygiene?")

    [found] = [e for e in stage.events if isinstance(e, events.Recalled)]
    assert found.question == "How much is hygiene?"
    assert found.passages[0]["score"] == 0.81
    assert found.passages[0]["title"] == "Prices"
    assert found.end_ms >= found.at_ms


async def test_it_is_asked_only_where_the_agent_looks_things_up():
    stage = Stage(["Yes."], typed=True)
    stage.toolbox.known = [PRICES]

    await answered(stage, "How much is hygiene?")

    assert stage.toolbox.asked == []
    assert not [e for e in stage.events if isinstance(e, events.Recalled)]
