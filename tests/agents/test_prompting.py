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
