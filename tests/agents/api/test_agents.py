import pytest

from agents import authoring, listing
from agents import config as configs
from agents.models import Agent
from tests import factories


@pytest.fixture
def agent(workspace, owner):
    return authoring.create(
        workspace=workspace, name="Desk", config=configs.defaults(), by=owner
    )


def test_an_agent_is_made_and_read(api, workspace):
    made = api.post(
        "/agents",
        {
            "name": "Front desk",
            "system_prompt": "You are a receptionist at Brightwater Dental. Be kind.",
            "language": "en-GB",
            "llm_provider": "claude",
            "persona": None,
            "features": {"recording_enabled": False},
        },
    )

    assert made.status_code == 201
    assert set(made.json()) == {"status", "id"}
    read = api.get(f"/agents/{made.json()['id']}").json()
    assert read["name"] == "Front desk"
    assert read["llm_provider"] == "anthropic"
    assert read["supported_languages"] == ["en-GB"]
    assert read["features"]["recording_enabled"] is False
    assert read["persona"]["role"] == "a receptionist at Brightwater Dental"
    assert read["raw_system_prompt"] == read["system_prompt"]
    assert "Brightwater" in read["compiled_prompt"]
    assert read["tools"] == []
    assert set(read["provider_config"]) == {"stt", "llm", "tts"}


def test_a_raw_prompt_is_left_as_it_stands(api):
    body = {"name": "Raw", "system_prompt": "You are a bot.", "prompt_mode": "raw"}

    made = api.post("/agents", body).json()

    read = api.get(f"/agents/{made['id']}").json()
    assert read["advanced"]["prompt_mode"] == "raw"
    assert read["persona"]["role"] == ""
    assert read["compiled_prompt"] == "You are a bot."


def test_what_was_read_can_be_written_back(api, agent):
    read = api.get(f"/agents/{agent.id}").json()

    answer = api.put(f"/agents/{agent.id}", read)

    assert answer.json() == {"status": "updated", "id": str(agent.id)}
    assert agent.changes.count() == 0
    again = api.post("/agents", {**read, "name": "Twin"})
    assert again.status_code == 201, again.json()


def test_a_part_changes_only_what_it_names(api, agent):
    api.put(f"/agents/{agent.id}", {"persona": {"name": "Ava", "role": "clerk"}})
    api.put(f"/agents/{agent.id}", {"persona": {"role": "host"}, "voice": "Aoede"})

    read = api.get(f"/agents/{agent.id}").json()
    assert (read["persona"]["name"], read["persona"]["role"]) == ("Ava", "host")
    assert read["voice"] == "Aoede"
    paths = [each["field_path"] for each in changes(api, agent)]
    assert set(paths) >= {"persona.name", "persona.role", "voice"}


def changes(api, agent):
    return api.get(f"/agents/{agent.id}/changes").json()["changes"]


def test_null_puts_a_setting_back(api, agent):
    api.put(f"/agents/{agent.id}", {"llm_fallback_provider": "openai"})
    api.put(f"/agents/{agent.id}", {"advanced": {"maxCallDuration": 900}})

    api.put(
        f"/agents/{agent.id}",
        {"llm_fallback_provider": None, "advanced": {"maxCallDuration": None}},
    )

    read = api.get(f"/agents/{agent.id}").json()
    assert read["llm_fallback_provider"] is None
    assert read["advanced"]["maxCallDuration"] == 600


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"persona": {"nmae": "Ava"}}, "persona.nmae"),
        ({"advanced": {"maxCallDuration": 7_201}}, "advanced.maxCallDuration"),
        ({"advanced": {"maxCallDuration": 29}}, "advanced.maxCallDuration"),
        ({"colour": "red"}, "colour"),
        ({"persona": "Ava"}, "persona"),
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"tools": {"a": 1}}, "tools"),
    ],
)
def test_what_does_not_fit_is_named_and_changes_nothing(api, agent, body, named):
    answer = api.put(f"/agents/{agent.id}", {"voice": "Aoede", **body})

    assert answer.status_code == 400, answer.json()
    assert answer.json()["code"] == "invalid_request"
    assert named in answer.json()["error"]
    assert api.get(f"/agents/{agent.id}").json()["voice"] == ""


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": None}, {"name": 5}, []])
def test_an_agent_needs_a_name(api, workspace, body):
    answer = api.post("/agents", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert workspace.agents.count() == 0


def test_a_list_has_pages(api, workspace):
    made = factories.AgentFactory.create_batch(5, workspace=workspace)
    newest = sorted((str(agent.id) for agent in made), reverse=True)
    factories.AgentFactory()  # a stranger's

    first = api.get("/agents?limit=2").json()
    second = api.get(f"/agents?limit=2&cursor={first['next_cursor']}").json()
    last = api.get("/agents?limit=2&offset=4").json()

    pages = [[each["id"] for each in page["agents"]] for page in (first, second, last)]
    assert pages == [newest[:2], newest[2:4], newest[4:]]
    assert (first["total"], first["limit"], first["offset"]) == (5, 2, 0)
    assert last["next_cursor"] is None


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "limit=x", "offset=-1", "offset=10001", "cursor=x"],
)
def test_a_page_that_cannot_be_is_refused(api, query):
    answer = api.get(f"/agents?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert query.partition("=")[0] in answer.json()["error"]


def test_a_list_asks_no_more_for_many(api, workspace, django_assert_num_queries):
    factories.AgentFactory.create_batch(20, workspace=workspace)
    api.get("/agents")

    with django_assert_num_queries(2):  # the page, the total
        api.get("/agents")


def test_a_list_shows_what_is_kept_of_each_and_each_change_at_once(api, agent, owner):
    header = {"Authorization": "Bearer {{secrets.SHOP}}", "X-Key": "sk-canary-81"}
    tool = {
        "tool_id": "call_webhook",
        "enabled": True,
        "provider_settings": {
            "name": "find_order",
            "url": "https://shop.example/orders",
            "headers": header,
        },
    }
    Agent.objects.filter(pk=agent.pk).update(
        config={**agent.config, "tools": [tool]}, revision=2
    )

    for name in ("Front", "Back"):
        api.put(f"/agents/{agent.id}", {"name": name, "persona": {"role": name}})
        [shown] = api.get("/agents").json()["agents"]
        alone = api.get(f"/agents/{agent.id}").json()
        assert alone.pop("compiled_prompt")
        assert alone.pop("provider_config")
        assert shown == alone
        assert (shown["name"], shown["persona"]["role"]) == (name, name)
    assert "sk-canary-81" not in str(shown)
    api.post(f"/agents/{agent.id}/publish")
    [shown] = api.get("/agents").json()["agents"]
    assert (shown["is_published"], bool(shown["snapshot_id"])) == (True, True)


def test_documents_are_kept_within_bounds(api, workspace, monkeypatch):
    factories.AgentFactory.create_batch(4, workspace=workspace)
    size = len(api.get("/agents?limit=1").content)
    monkeypatch.setattr(listing, "MEMORY", 3 * size)

    assert len(api.get("/agents").json()["agents"]) == 4
    assert sum(map(len, listing._kept.values())) <= 3 * size
    assert len(api.get("/agents").json()["agents"]) == 4


def test_a_copy_and_a_deletion(api, agent):
    copy = api.post(f"/agents/{agent.id}/clone", {})

    assert copy.status_code == 201
    assert api.get(f"/agents/{copy.json()['id']}").json()["name"] == "Desk (Copy)"
    gone = api.delete(f"/agents/{agent.id}")
    assert gone.json() == {"status": "deleted", "id": str(agent.id)}
    assert api.get(f"/agents/{agent.id}").json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/agents/{id}"),
        ("PUT", "/agents/{id}"),
        ("DELETE", "/agents/{id}"),
        ("POST", "/agents/{id}/clone"),
        ("POST", "/agents/{id}/publish"),
        ("GET", "/agents/{id}/changes"),
    ],
)
def test_a_strangers_agent_is_not_there(foreign_api, agent, method, path):
    answer = foreign_api(
        method, path.format(id=agent.id), {} if method != "GET" else None
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_change_is_undone(api, agent):
    api.put(f"/agents/{agent.id}", {"voice": "Aoede"})
    [change] = changes(api, agent)

    answer = api.post(f"/agents/{agent.id}/changes/{change['change_id']}/undo", {})

    assert answer.json()["ok"] is True
    assert answer.json()["changeId"] == change["change_id"]
    assert answer.json()["agentSnapshot"]["voice"] == ""
    assert changes(api, agent)[0]["undone_at"]
    again = api.post(f"/agents/{agent.id}/changes/{change['change_id']}/undo", {})
    assert again.status_code == 409


def test_changes_since_a_moment(api, agent):
    api.put(f"/agents/{agent.id}", {"voice": "Aoede"})

    past = api.get(f"/agents/{agent.id}/changes?since=2020-01-01T00:00:00Z").json()
    future = api.get(f"/agents/{agent.id}/changes?since=2099-01-01T00:00:00+00:00")
    wrong = api.get(f"/agents/{agent.id}/changes?since=yesterday")

    assert len(past["changes"]) == 1
    assert future.json()["changes"] == []
    assert wrong.status_code == 400


def test_publishing_says_both_yes_and_no_with_200(api, agent):
    no = api.post(f"/agents/{agent.id}/publish", {})
    api.put(f"/agents/{agent.id}", {"system_prompt": "You are a clerk. Help."})
    yes = api.post(f"/agents/{agent.id}/publish", {})

    assert (no.status_code, no.json()["published"]) == (200, False)
    assert no.json()["blockers"][0]["section"] == "persona"
    assert (yes.status_code, yes.json()["published"]) == (200, True)
    assert yes.json()["snapshot_id"]
    assert api.get(f"/agents/{agent.id}").json()["is_published"] is True


def test_a_validation_saves_nothing(api, agent):
    saved = api.post("/agents/validate-publish", {"agent_id": str(agent.id)}).json()
    mended = api.post(
        "/agents/validate-publish",
        {"agent_id": str(agent.id), "persona": {"role": "clerk"}},
    ).json()
    inline = api.post("/agents/validate-publish", {"system_prompt": "You are X."})

    assert saved["valid"] is False
    assert set(saved["blockers"][0]) == {"severity", "section", "title", "detail"}
    assert mended["valid"] is True
    assert inline.json()["valid"] is True
    assert agent.changes.count() == 0


def test_a_template_can_be_posted_as_it_is(api):
    templates = api.get("/agent-templates").json()["templates"]

    for template in templates:
        made = api.post("/agents", {"name": template["label"], **template["defaults"]})
        assert made.status_code == 201, made.json()
    assert len(templates) > 10


def test_models_and_voices_are_listed(api):
    options = api.get("/agents/llm-options").json()

    gemini = [each for each in options["models"] if each["id"] == "gemini-2.5-flash"]
    assert gemini[0]["provider_id"] == "google"
    assert {"id", "provider", "name", "byok_required"} <= set(options["voices"][0])


def test_a_description_becomes_a_configuration_that_can_be_posted(api):
    draft = api.post(
        "/agents/generate",
        {"prompt": "A receptionist for Brightwater Dental.", "options": {"voice": "x"}},
    ).json()

    assert draft["generated_by"] == "template"
    assert draft["voice"] == "x"
    known = {"name", "sourceTemplateId"}
    posted = {
        k: v for k, v in draft.items() if k not in ("generated_by", "note", "missing")
    }
    assert known <= set(posted)
    assert api.post("/agents", posted).status_code == 201


@pytest.mark.parametrize("body", [{}, {"prompt": ""}, {"prompt": "x" * 8_001}])
def test_nothing_to_draft_is_refused(api, body):
    assert api.post("/agents/generate", body).status_code == 400


def test_changes_are_applied_to_what_the_client_holds(api):
    answer = api.post(
        "/agents/apply-changes",
        {
            "currentConfig": {"name": "Desk", "tone": "warm"},
            "changes": [
                {"key": "requiredSlots", "value": ["name", "phone"]},
                {"key": "persona.role", "value": "clerk"},
                {"key": "maxCallDuration", "value": 900},
            ],
        },
    )

    assert answer.status_code == 200, answer.json()
    told = answer.json()
    assert told["valid"] is True
    assert told["config"]["tone"] == "warm"
    assert told["config"]["requiredSlots"] == ["name", "phone"]
    assert told["config"]["persona"] == {"role": "clerk"}
    assert len(told["applied"]) == 3


def test_an_unknown_key_is_refused_unless_lenient(api):
    body = {"currentConfig": {}, "changes": [{"key": "colour", "value": "red"}]}

    strict = api.post("/agents/apply-changes", body)
    lenient = api.post("/agents/apply-changes", {**body, "lenient": True})

    assert strict.status_code == 400
    assert "colour" in strict.json()["error"]
    assert lenient.json() == {"valid": True, "config": {}, "applied": []}


def test_a_stack_is_shown_for_each_language(api):
    shown = api.post(
        "/agents/stack-preview", {"supported_languages": ["en-US", "hi-IN"]}
    ).json()

    assert set(shown["stacks"]) == {"en-US", "hi-IN"}
    assert shown["stacks"]["en-US"]["stt"]["provider"] == "local"
    assert any(each["language"] == "hi-IN" for each in shown["blockers"])
    none = api.post("/agents/stack-preview", {"supported_languages": []})
    assert none.status_code == 400


def test_a_website_that_cannot_be_read_is_no_failure_of_ours(api):
    answer = api.post(
        "/agents/enrich-company",
        {"companyName": "X", "websiteUrl": "http://169.254.169.254/"},
    )

    assert answer.status_code == 200
    assert answer.json()["enriched"] is False
    assert answer.json()["error"]
