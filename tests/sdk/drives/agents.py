"""How the client's methods for agents are driven."""

from tests.sdk.drives import refused


def agents_list(w):
    w.agent()
    told = w.rymi.agents.list(limit=500, offset=0)
    assert told["agents"][0]["name"] == "Desk"
    assert (told["total"], told["limit"], told["offset"]) == (1, 500, 0)


def agents_retrieve(w):
    agent = w.agent()
    told = w.rymi.agents.retrieve(str(agent.id))
    assert (told["id"], told["persona"]["role"]) == (str(agent.id), "clerk")
    refused(
        lambda: w.rymi.agents.retrieve("0199c0de-0000-7000-8000-000000000000"),
        404,
        "not_found",
    )


def agents_create(w):
    told = w.rymi.agents.create(
        "Front desk",
        prompt="You are a receptionist.",
        language="en-GB",
        llm_provider="vertex",
        llm_model="gemini-2.5-flash",
        features={"recording_enabled": True, "transcription_enabled": True},
        post_call={"summary": {"enabled": True, "prompt": None}},
        advanced={"maxCallDuration": 7_200, "temperature": 0.2},
        persona={"callerPersonas": [{"type": "New", "approach": "slow"}]},
        playbook={"qualificationFlow": [{"prompt": "Name?", "slot_name": "name"}]},
    )
    assert told["status"] == "created"
    made = w.rymi.agents.retrieve(told["id"])
    assert made["system_prompt"] == "You are a receptionist."
    assert made["llm_provider"] == "gemini"


def agents_update(w):
    agent = w.agent()
    told = w.rymi.agents.update(str(agent.id), name="Other", llm_fallback_model=None)
    assert told["status"] == "updated"
    assert w.rymi.agents.retrieve(str(agent.id))["name"] == "Other"


def agents_delete(w):
    agent = w.agent()
    told = w.rymi.agents.delete(str(agent.id))
    assert told == {"status": "deleted", "id": str(agent.id)}
    refused(lambda: w.rymi.agents.retrieve(str(agent.id)), 404, "not_found")


def agents_llm_options(w):
    told = w.rymi.agents.llm_options()
    assert {"id", "provider_id"} <= set(told["models"][0])
    assert {"id", "provider", "name"} <= set(told["voices"][0])


def agents_generate(w):
    told = w.rymi.agents.generate("A receptionist for a dentist.", {"voice": "x"})
    assert told["voice"] == "x"
    assert told["persona"]["role"]


def agents_list_calls(w):
    call = w.call()
    told = w.rymi.agents.list_calls(str(call.agent_id), status="completed")
    assert told["calls"][0]["id"] == str(call.id)
    assert told["agent_id"] == str(call.agent_id)


def agents_clone(w):
    told = w.rymi.agents.clone(str(w.agent().id))
    assert told["status"] == "created"
    assert w.rymi.agents.retrieve(told["id"])["name"] == "Desk (Copy)"


def agents_validate_publish(w):
    told = w.rymi.agents.validate_publish(str(w.agent().id), voice="Aoede")
    assert told["blockers"] == []
    assert all(
        {"severity", "section", "title", "detail"} <= set(i) for i in told["issues"]
    )


def agents_apply_changes(w):
    told = w.rymi.agents.apply_changes(
        {"tone": "warm"}, [{"key": "role", "value": "clerk"}], mode="edit"
    )
    assert told["valid"] is True
    assert told["config"] == {"tone": "warm", "role": "clerk"}
    assert told["applied"] == [{"key": "role", "value": "clerk"}]


def agents_enrich_company(w):
    told = w.rymi.agents.enrich_company("Acme", "http://127.0.0.1:9/")
    assert told["enriched"] is False
    assert told["error"]


def agents_preview_stack(w):
    told = w.rymi.agents.preview_stack(["en-US"], language="en-US")
    assert told["stacks"]["en-US"]["llm"]["provider"]


def agents_list_knowledge_sources(w):
    assert w.rymi.agents.list_knowledge_sources(str(w.agent().id)) == {"sources": []}


def _source(w):
    agent = str(w.agent().id)
    told = w.rymi.agents.add_knowledge_source(agent, "text", "Prices", text="Tea: $3.")
    return agent, told["source"]


def agents_add_knowledge_source(w):
    agent, source = _source(w)
    assert source["agent_id"] == agent
    assert source["status"] in ("pending", "indexing", "ready")


def agents_delete_knowledge_source(w):
    agent, source = _source(w)
    w.rymi.agents.delete_knowledge_source(agent, source["id"])
    assert w.rymi.agents.list_knowledge_sources(agent)["sources"] == []


def agents_list_changes(w):
    agent = str(w.agent().id)
    w.rymi.agents.update(agent, voice="Aoede")
    [told] = w.rymi.agents.list_changes(agent, since="2020-01-01T00:00:00Z")["changes"]
    assert (told["field_path"], told["after_jsonb"]) == ("voice", "Aoede")


def agents_undo_change(w):
    agent = str(w.agent().id)
    w.rymi.agents.update(agent, voice="Aoede")
    [change] = w.rymi.agents.list_changes(agent)["changes"]
    told = w.rymi.agents.undo_change(agent, change["change_id"])
    assert (told["ok"], told["changeId"]) == (True, change["change_id"])
    assert told["agentSnapshot"]["voice"] == ""


def agents_run_evals(w):
    assert w.rymi.agents.run_evals(str(w.agent().id), mode="synthetic")["id"]


def agents_list_eval_runs(w):
    agent = str(w.agent().id)
    run = w.rymi.agents.run_evals(agent)
    assert run["id"] in str(w.rymi.agents.list_eval_runs(agent))


def agents_get_eval_run(w):
    agent = str(w.agent().id)
    run = w.rymi.agents.run_evals(agent)
    assert w.rymi.agents.get_eval_run(agent, run["id"])["id"] == run["id"]


def agents_get_share_link(w):
    told = w.rymi.agents.get_share_link(str(w.agent().id))
    assert told["link"] is None
    assert told["link_feature"]


def agents_set_share_link(w):
    agent = str(w.agent().id)
    w.rymi.agents.set_share_link(agent, enabled=True, minutes_limit=60)
    link = w.rymi.agents.get_share_link(agent)["link"]
    assert (link["enabled"], link["minutes_limit"]) == (True, 60)
    assert (link["max_call_seconds"], link["max_concurrent"]) == (300, 2)
    assert link["calls_per_ip_hour"] == 3
    assert link["url"].startswith("http")
    refused(
        lambda: w.rymi.agents.set_share_link(agent, minutes_limit=6_001),
        400,
        "invalid_request",
    )


def agents_regenerate_share_link(w):
    agent = str(w.agent().id)
    first = w.rymi.agents.set_share_link(agent, enabled=True)
    second = w.rymi.agents.regenerate_share_link(agent)
    assert first["link"]["url"] != second["link"]["url"]
