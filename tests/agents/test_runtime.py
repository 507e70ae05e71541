import asyncio

import pytest

from agents import config as configs
from agents import gallery, phrases, runtime
from providers import breaker, limits
from providers.ports import LlmRequest, Message, TextDelta
from providers.scripted import playbook as playbooks
from tests.agents.test_gallery import answered

DOCUMENT = {
    "persona": {
        "name": "Ava",
        "companyName": "Brightwater",
        "companyWebsite": "https://brightwater.example",
        "knowledgeBase": ["{business_name} is open daily."],
        "callerPersonas": [
            {"type": "In pain", "approach": "Be calm.", "triggerPhrases": ["toothache"], "detectedWhen": 'says "it really hurts" or sounds upset'},
        ],
    },
    "playbook": {
        "opener": "Hello {caller_name}, this is {agent_name} of {{business_name}}.",
        "qualificationFlow": [{"question": "Your name?", "slotName": "full_name"}],
        "requiredSlots": [{"name": "full_name", "description": "name"}],
        "objectionHandlers": [{"trigger": "too dear", "response": "{business_name} is fair."}],
        "scripts": [{"title": "Parking", "content": "Park behind {business_name}."}],
        "endCallMessage": "Goodbye from {business_name}.",
    },
    "variables": [{"key": "plan", "description": "their plan", "acquisition": "ask", "required": True}],
}  # fmt: skip


@pytest.fixture
def session(workspace):
    def build(document=None, variables=None, **more):
        return runtime.session_config(
            configs.parse(document or DOCUMENT),
            name="Desk",
            workspace=workspace,
            variables=variables or {},
            **more,
        )

    return build


@pytest.fixture
def platform(settings):
    settings.PROVIDER_API_KEYS = {"openai": "sk-platform", "deepgram": "dg-platform"}


def providers(faculties):
    return [faculty.provider for faculty in faculties]


def test_without_keys_a_call_runs_on_the_offline_set(session):
    made = session()

    assert providers(made.ears) == providers(made.minds) == ["local"]
    assert [m.request.voice for m in made.mouths] == ["af_heart"]
    assert made.minds[0].port.capabilities.scripted
    assert made.history_limit == runtime.SCRIPTED_HISTORY


def test_words_are_filled_in_everywhere(session):
    made = session(variables={"caller_name": "Sam"})

    assert made.opener == "Hello Sam, this is Ava of Brightwater."
    assert made.end_message == "Goodbye from Brightwater."
    book = made.minds[0].request.options["playbook"]
    assert book["knowledge"] == ["Brightwater is open daily."]
    assert book["objections"][0]["response"] == "Brightwater is fair."
    assert book["scripts"] == [{"title": "Parking", "when": "Parking", "content": "Park behind Brightwater."}]  # fmt: skip


def test_with_keys_the_offline_set_stands_behind(session, platform):
    made = session()

    assert providers(made.ears) == ["deepgram", "local"]
    assert providers(made.minds) == ["openai", "local"]
    assert providers(made.mouths) == ["openai", "local"]
    assert made.minds[0].request.options == {}
    assert made.minds[0].request.model == "gpt-4o-mini"
    assert made.history_limit == runtime.HISTORY


def test_a_typed_test_has_neither_ear_nor_mouth(session):
    made = session(typed=True)

    assert (made.ears, made.mouths) == ([], [])
    assert made.minds


def test_caller_types_are_noticed_by_their_phrases_and_what_is_quoted(session):
    (pain,) = session().caller_types

    assert pain.trigger_phrases == ("toothache", "it really hurts")
    assert pain.approach == "Be calm."


def test_a_variable_to_ask_for_becomes_a_question_unless_it_is_known(session):
    def slots(made):
        book = made.minds[0].request.options["playbook"]
        return [slot["name"] for slot in book["slots"]]

    assert slots(session()) == ["full_name", "plan"]
    assert slots(session(variables={"plan": "gold"})) == ["full_name"]


def test_an_agents_own_words_are_in_its_language(session, platform):
    made = session({**DOCUMENT, "language": "de-DE"})

    german = phrases.of("de")
    assert made.silence.prompts == german.still_there
    assert (made.apology, made.closing_when_broke) == (german.apology, german.broke)
    assert made.filler == german.filler


def test_where_consent_is_wanted_recording_is_announced_first(session):
    document = {**DOCUMENT, "features": {"require_consent": True}}

    assert session(document).opener.startswith("This call is recorded.")
    quiet = {"require_consent": True, "recording_enabled": False}
    assert session({**DOCUMENT, "features": quiet}).opener.startswith("Hello")


def test_settings_reach_the_engine(session):
    made = session(
        {
            "advanced": {
                "turnMode": "patient",
                "turnEndpointer": "timer",
                "silencePromptDelay": 5,
                "postSilenceHangup": 9,
                "replyDelay": 0.3,
                "maxCallDuration": 45,
                "interruptionIgnore": "gotcha, wait",
                "startSpeakingPhrasing": "wait_for_user",
                "stt_keywords": "Invisalign",
                "stt_custom_vocabulary": "veneer, crown",
            },
            "persona": {"voiceConfig": {"bargeInEnabled": False}},
        }
    )

    turns = made.turns
    assert (turns.mode, turns.smart, turns.barge_in) == ("patient", False, False)
    assert turns.reply_delay_ms == 300
    assert "gotcha" in turns.backchannels
    assert "wait" not in turns.stop_words
    assert (made.silence.prompt_after_ms, made.silence.hang_up_after_ms) == (5000, 9000)
    assert (made.max_duration_s, made.agent_greets) == (45, False)
    assert made.ears[0].request.keywords == ("Invisalign", "veneer", "crown")


def test_a_vendors_endpointing_is_asked_for(session, platform):
    made = session({"advanced": {"turnEndpointer": "provider", "stt_eot_confidence": 0.8}})  # fmt: skip

    assert made.turns.endpointing == "provider"
    assert made.ears[0].request.endpointing_ms == runtime.PROVIDER_ENDPOINTING_MS
    assert made.ears[0].request.options["eot_threshold"] == 0.8


def test_a_fallback_with_half_a_key_does_not_stop_the_call(session, settings):
    keys = {"openai": "sk-platform", "azure_openai": "key-without-an-address"}
    settings.PROVIDER_API_KEYS, settings.PROVIDER_BASE_URLS = keys, {}

    made = session({"llm_fallback_provider": "azure-openai"})

    assert providers(made.minds) == ["openai", "local"]


def test_who_failed_calls_of_late_comes_last(session, workspace, platform):
    order = providers(session().minds)
    assert len(order) > 1

    for _ in range(limits.BREAKER_FAILURES):
        breaker.call_failed(workspace.pk, "llm", order[0])

    assert providers(session().minds) == [*order[1:], order[0]]


def test_other_customers_calls_begin_as_before(session, platform):
    order = providers(session().minds)

    for _ in range(limits.BREAKER_FAILURES):
        breaker.call_failed("another workspace", "llm", order[0])

    assert providers(session().minds) == order


@pytest.mark.parametrize("id", sorted(gallery.load()))
def test_the_offline_brain_can_follow_every_template(session, id):
    template = gallery.find(id)
    document = template.configure(answered(template)).document()

    made = session(document)

    book = playbooks.read(made.minds[0].request.options["playbook"])
    assert book.opener == made.opener
    assert "{" not in made.opener + made.end_message
    assert len(book.steps) >= 4
    assert book.objections
    assert book.scripts
    assert book.caller_types


def test_the_offline_brain_answers_in_the_agents_words(session):
    mind = session().minds[0]

    async def ask(said):
        messages = (Message("system", ""), Message("user", said))
        request = LlmRequest(messages, options=mind.request.options)
        events = [event async for event in mind.port.reply(request)]
        return "".join(e.text for e in events if isinstance(e, TextDelta))

    assert "Brightwater is fair" in asyncio.run(ask("That is too dear for me"))


HEAD = {"llm_provider": "openai", "llm_model": "gpt-realtime", "voice": "cedar"}


def test_a_head_comes_before_the_parts_that_take_over(session, platform):
    made = session({**DOCUMENT, **HEAD})

    (head,) = made.heads
    assert (head.provider, head.request.model, head.request.voice) == (
        "openai",
        "gpt-realtime",
        "cedar",
    )
    assert providers(made.ears)[0] == "deepgram"
    assert made.minds
    assert made.mouths


def test_a_typed_conversation_has_no_head(session, platform):
    made = session({**DOCUMENT, **HEAD}, typed=True)

    assert made.heads == []
    assert providers(made.minds)[0] == "openai"


def lose_heads(workspace, times=limits.BREAKER_FAILURES):
    for _ in range(times):
        breaker.call_failed(workspace.pk, "realtime", "openai")


def test_a_head_that_failed_calls_of_late_is_not_begun_with(
    session, workspace, platform
):
    lose_heads(workspace, limits.BREAKER_FAILURES - 1)
    assert session({**DOCUMENT, **HEAD}).heads
    lose_heads(workspace, 1)

    made = session({**DOCUMENT, **HEAD})

    assert made.heads == []
    assert providers(made.ears)[0] == "deepgram"


def test_after_a_rest_one_call_begins_with_the_head_again(
    session, workspace, platform, monkeypatch
):
    lose_heads(workspace)
    monkeypatch.setattr(limits, "BREAKER_REST", 0.0)

    assert session({**DOCUMENT, **HEAD}).heads


def test_a_head_is_kept_where_its_parts_could_not_go_on(session, workspace, settings):
    settings.PROVIDER_API_KEYS = {"gemini": "sk-platform"}
    head = {"llm_provider": "gemini", "llm_model": "gemini-3.8-live"}
    for _ in range(limits.BREAKER_FAILURES):
        breaker.call_failed(workspace.pk, "realtime", "gemini")

    made = session({**head, "language": "hi-IN", "supported_languages": ["hi-IN"]})

    assert providers(made.heads) == ["gemini"]
