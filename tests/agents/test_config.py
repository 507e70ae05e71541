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


def test_null_clears_a_field():
    parsed = config.parse(
        {"language": None, "voice": None, "persona": {"companyName": None}}
    )

    assert (parsed.language, parsed.voice, parsed.persona.companyName) == (
        "en-US",
        "",
        "",
    )


def test_what_was_read_can_be_written_back():
    read = {"id": "x", "name": "Desk", "agent_role": "operator", "created_at": "now"}

    assert config.parse({**config.defaults().document(), **read}) == config.defaults()


@pytest.mark.parametrize(
    ("document", "path", "told"),
    [
        ({"custom_llm_url": "http://llm.example.com"}, "custom_llm_url", "https://"),
        ({"language": "english please"}, "language", "en-US"),
        ({"variables": [{"key": "1st"}]}, "variables.0.key", "begin with a letter"),
    ],
)
def test_a_pattern_is_told_in_words(document, path, told):
    assert told in problems(document)[path]


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "array"}, "must describe an object"),
        ({"properties": {"age": {"type": "years"}}}, "properties.age.type"),
    ],
)
def test_a_schema_that_is_none_is_named(schema, told):
    document = {"post_call": {"structured_extraction": {"json_schema": schema}}}

    assert told in problems(document)["post_call.structured_extraction.json_schema"]


def test_two_slots_may_not_share_a_name():
    found = problems({"playbook": {"requiredSlots": ["day", "day"]}})

    assert found == {"playbook.requiredSlots": "day is there twice"}


def parts(model):
    yield model
    for info in model.model_fields.values():
        for inner in (info.annotation, *getattr(info.annotation, "__args__", ())):
            if isinstance(inner, type) and issubclass(inner, config.Part):
                yield from parts(inner)


@pytest.mark.parametrize("part", dict.fromkeys(parts(config.AgentConfig)))
def test_every_field_has_a_name_for_people(part):
    groups = {"persona", "playbook", "advanced", "features", "post_call", "voiceConfig",
              "summary", "structured_extraction", "evaluation", "model", "knowledge"}  # fmt: skip

    silent = {n for n, i in part.model_fields.items() if not i.title} - groups

    assert silent == set()
