"""Going on in another language: ear, voice and prompt change together."""

from providers.ports import TELEPHONE, SttRequest, ToolCall, TtsRequest
from tests.voice.stage import Stage, call
from tests.voice.vendors import EarDouble, MouthDouble
from voice import events
from voice.config import Ear, Mouth, SilenceRules, Tongue, TurnRules


def tongue(language, name):
    return Tongue(
        language,
        name,
        [Ear(f"ear-{language}", EarDouble(None), SttRequest(TELEPHONE, language))],
        [
            Mouth(
                f"mouth-{language}", MouthDouble(), TtsRequest(TELEPHONE, "v", language)
            )
        ],
        TurnRules(),
        SilenceRules(),
        ("Einen Moment.",),
        "Es tut mir leid.",
        "Auf Wiederhören.",
    )


def switch(language):
    return ToolCall("c1", "switch_language", {"language": language})


def conversation(replies):
    tongues = {"en-US": tongue("en-US", "English"), "de-DE": tongue("de-DE", "German")}

    async def scene(stage: Stage):
        for each in tongues.values():
            each.ears[0].port.stage = stage
        await stage.answer()
        stage.says("Sprechen Sie Deutsch?", at=1)
        stage.says("Ich möchte einen Termin.", at=6)
        await stage.until(12)

    return call(scene, replies=replies, tongues=tongues), tongues["de-DE"]


def test_ear_voice_and_prompt_change_together():
    stage, german = conversation([[switch("de-DE")], ["Guten Tag."], ["Gern."]])

    switched = stage.last(events.LanguageSwitched)
    assert (switched.language, switched.stt, switched.tts) == (
        "de-DE",
        "ear-de-DE",
        "mouth-de-DE",
    )
    assert german.ears[0].port.sent > 0
    assert german.mouths[0].port.said == ["Guten Tag.", "Gern."]
    assert stage.mouths[0].said == []
    assert "say everything in German" in stage.minds[0].requests[-1].messages[0].text
    assert "Ich möchte einen Termin." in [e.text for e in stage.all(events.Heard)]


def test_a_language_that_is_not_spoken_is_refused_in_words():
    stage, _ = conversation([[switch("fr-FR")], ["Sorry."], ["Sorry again."]])

    assert not stage.all(events.LanguageSwitched)
    assert stage.all(events.ToolCalled)[0].failed
    assert stage.mouths[0].said[0] == "Sorry."


def test_an_agent_of_one_language_is_offered_no_switch():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("Hello there.", at=1)
        await stage.until(5)

    stage = call(scene, replies=["Hello."])

    names = [tool.name for tool in stage.minds[0].requests[0].tools]
    assert "switch_language" not in names
