import pytest

from agents import config, prompting

GOLDEN = """\
You are Ava, receptionist at Brightwater. Your tone: warm.

What you know:
- Open daily.

{style}

Find out, in this order unless the caller leads:
- Your name? Listen for a name. (fills full_name)

Before the end you must know:
- full_name: their name

When a caller objects:
- If they say something like "too dear": Brightwater gives estimates.

At the end: We call back.
When the caller says goodbye or wants nothing more, say goodbye and use the end_call tool.

Speak English (United States).

{honesty}"""


def test_the_compiled_prompt():
    document = {
        "persona": {"name": "Ava", "role": "receptionist", "companyName": "Brightwater", "toneOverride": "warm", "knowledgeBase": ["Open daily."]},
        "playbook": {
            "qualificationFlow": [{"question": "Your name?", "listensFor": "a name", "slotName": "full_name"}],
            "requiredSlots": [{"name": "full_name", "description": "their name"}],
            "objectionHandlers": [{"trigger": "too dear", "response": "{business_name} gives estimates."}],
            "closingCTA": "We call back.",
        },
    }  # fmt: skip

    prompt = prompting.compile(config.parse(document), {}, "Desk")

    assert prompt == GOLDEN.format(
        style=prompting.SPOKEN_STYLE, honesty=prompting.HONESTY
    )


GOLDEN_RULES = """\
You are Desk.

Be brief with {caller}.

Who calls: Patients.
A call went well when: they have a date; nobody was hurt.

{style}

Ask for:
- plan: their plan (one of: gold, silver)

Notice when it comes up, without asking:
- mood

Scripts:
- Parking (when where to park): Behind the house.

Kinds of callers; follow the one you notice:
- In pain (you notice: sounds upset, "toothache"): Skip the questions.

If you cannot help or they decline: We call back.
A person must take over when: asked twice
When the caller says goodbye or wants nothing more, say goodbye and use the end_call tool.

Do not talk about: Diagnoses; Other patients.
Never claim or promise: That it will not hurt.
Callers are told at the start that the call is recorded. If one minds, say that you cannot go on without, offer another way to reach us, and end the call politely.

Speak English (United States). If the caller prefers one of these, change to it: Polish (Poland).

{honesty}

Known about this call:
- caller_name (who calls): {caller}"""


RULES = {
    "system_prompt": "Be brief with {{caller_name}}.",
    "supported_languages": ["en-US", "pl-PL"],
    "persona": {
        "audienceDescription": "Patients.",
        "successCriteria": ["they have a date", "nobody was hurt"],
        "callerPersonas": [{"type": "In pain", "detectedWhen": "sounds upset", "triggerPhrases": ["toothache"], "approach": "Skip the questions."}],
    },
    "playbook": {
        "scripts": [{"title": "Parking", "when": "where to park", "content": "Behind the house."}],
        "fallbackCTA": "We call back.",
        "escalationRule": "asked twice",
    },
    "advanced": {"offLimitsTopics": "Diagnoses\nOther patients", "prohibitedClaims": "That it will not hurt"},
    "features": {"require_consent": True},
    "variables": [
        {"key": "caller_name", "description": "who calls"},
        {"key": "plan", "description": "their plan", "acquisition": "ask", "type": "enum", "enumValues": ["gold", "silver"]},
        {"key": "mood", "acquisition": "extract"},
    ],
}  # fmt: skip


def golden(caller):
    return GOLDEN_RULES.format(
        caller=caller, style=prompting.SPOKEN_STYLE, honesty=prompting.HONESTY
    )


def test_the_compiled_prompt_with_routing_limits_and_variables():
    prompt = prompting.compile(config.parse(RULES), {"caller_name": "Sam"}, "Desk")

    assert prompt == golden("Sam")


def test_the_published_prompt_keeps_what_only_a_call_knows():
    assert prompting.outline(config.parse(RULES), "Desk") == golden("{{caller_name}}")


def test_a_raw_prompt_is_the_whole_prompt():
    raw = config.parse({"system_prompt": "Hi {{who}}.", "advanced": {"prompt_mode": "raw"}})  # fmt: skip

    assert prompting.compile(raw, {"who": "Sam"}, "Desk") == "Hi Sam."


def test_a_variable_is_looked_for_in_the_call_then_the_system_then_the_default():
    document = {
        "variables": [
            {"key": "a", "metadataKey": "x", "default": "d"},
            {"key": "b", "systemAlias": "agent_name"},
            {"key": "c", "required": True},
        ]
    }

    values, missing = prompting.resolve_variables(
        config.parse(document), {"x": "given"}, "Desk"
    )

    assert (values["a"], values["b"], missing) == ("given", "Desk", ["c"])


@pytest.mark.parametrize(
    ("variable", "given", "value"),
    [
        ({"type": "enum", "enumValues": ["gold"]}, "gold", "gold"),
        ({"type": "enum", "enumValues": ["gold"]}, "lead", None),
        ({"type": "enum"}, "lead", "lead"),  # an empty enum is any text
        ({"type": "number"}, "7.5", "7.5"),
        ({"type": "number"}, "seven", None),
        ({"type": "boolean"}, True, "yes"),
        ({"type": "boolean"}, "perhaps", None),
        ({}, 0, 0),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_missing(variable, given, value):
    document = {"variables": [{"key": "v", "required": True, **variable}]}

    values, missing = prompting.resolve_variables(
        config.parse(document), {"v": given}, "Desk"
    )

    assert values.get("v") == value
    assert missing == ([] if value is not None else ["v"])


def test_what_the_agent_asks_for_cannot_be_missing_before_the_call():
    document = {"variables": [{"key": "v", "required": True, "acquisition": "ask"}]}

    assert prompting.resolve_variables(config.parse(document), {}, "Desk")[1] == []
