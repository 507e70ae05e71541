import pytest

from agents import config


def problems(document):
    with pytest.raises(config.Invalid) as refused:
        config.parse(document)
    return {problem.path: problem.message for problem in refused.value.problems}


def test_an_unknown_key_is_named():
    assert problems({"persona": {"nmae": "Ada"}}) == {
        "persona.nmae": "there is no such setting"
    }


def test_every_wrong_value_is_named_at_once():
    found = problems({"advanced": {"maxCallDuration": 7, "temperature": 3}})

    assert set(found) == {"advanced.maxCallDuration", "advanced.temperature"}
    assert "30" in found["advanced.maxCallDuration"]


def test_max_call_duration_is_600_by_default_and_may_be_30_to_7200():
    assert config.defaults().advanced.maxCallDuration == 600
    for allowed in (30, 7_200):
        config.parse({"advanced": {"maxCallDuration": allowed}})
    assert problems({"advanced": {"maxCallDuration": 7_201}})


def test_the_primary_language_is_merged_in():
    parsed = config.parse({"language": "hi-IN", "supported_languages": ["en-US"]})

    assert parsed.supported_languages == ["hi-IN", "en-US"]


def test_aliases_of_the_public_api_are_accepted():
    parsed = config.parse(
        {
            "prompt": "Be kind.",
            "llm_provider": "claude",
            "playbook": {
                "qualificationFlow": [
                    {"prompt": "Name?", "listens_for": "a name", "slot_name": "name"}
                ],
                "scripts": [{"title": "Hours", "when_to_use": "asked"}],
            },
        }
    )

    assert parsed.system_prompt == "Be kind."
    assert parsed.llm_provider == "anthropic"
    assert parsed.playbook.qualificationFlow[0].slotName == "name"
    assert parsed.playbook.scripts[0].when == "asked"


def test_the_older_recording_flag_is_understood():
    parsed = config.parse({"post_call": {"recording": {"enabled": False}}})

    assert parsed.features.recording_enabled is False


def test_a_document_survives_being_stored():
    parsed = config.parse({"persona": {"callerPersonas": [{"type": "New patient"}]}})

    assert config.parse(parsed.document()) == parsed


def test_two_variables_may_not_share_a_key():
    found = problems({"variables": [{"key": "a"}, {"key": "a"}]})

    assert found == {"variables": "a is there twice"}
