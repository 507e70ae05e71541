"""How each method of the official client is driven, and what its answer must hold."""

import pytest
import rymi

PHONE = "+15551230001"
SCHEMA = {"supported_languages": ["en-US"]}


def refused(call, status, code):
    """Tell that the client raises, with what the product documents."""
    with pytest.raises(rymi.RymiError) as raised:
        call()
    assert (raised.value.status, raised.value.code) == (status, code), raised.value
    return raised.value


# ---------------------------------------------------------------- agents


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


# ---------------------------------------------------------------- calls


def calls_list(w):
    call = w.call()
    told = w.rymi.calls.list(limit=10, status="completed")
    assert told["calls"][0]["id"] == str(call.id)
    assert told["next_cursor"] is None


def calls_active(w):
    call = w.live_call()
    assert [each["id"] for each in w.rymi.calls.active()["calls"]] == [str(call.id)]


def calls_retrieve(w):
    call = w.call()
    told = w.rymi.calls.retrieve(str(call.id))
    assert told["room_name"] == f"call_{call.id}"
    assert told["duration_seconds"] == 60


def calls_create(w):
    agent = str(w.agent().id)
    told = w.rymi.calls.create(
        agent,
        [{"transport": "webrtc", "identity": "ann"}],
        metadata={"order": 7},
        variables={"name": "Ann"},
        post_call={"summary": {"enabled": False}},
    )
    assert told["participants"][0]["access"]["token"]
    refused(lambda: w.rymi.calls.create(agent), 400, "invalid_request")
    # The shortcut sends from_number as null.
    refused(lambda: w.rymi.calls.create(agent, to=PHONE), 409, "carrier_not_connected")


def calls_fanout(w):
    agent = str(w.agent().id)
    refused(lambda: w.rymi.calls.fanout(agent, [PHONE]), 409, "carrier_not_connected")


def calls_batch(w):
    agent = str(w.agent().id)
    refused(lambda: w.rymi.calls.batch(agent, [PHONE]), 409, "carrier_not_connected")


def calls_summary(w):
    told = w.rymi.calls.summary(str(w.call().id))
    assert {"summary", "sentiment"} <= set(told)


def calls_transcript(w):
    told = w.rymi.calls.transcript(str(w.call().id))
    assert told["text"] == "Caller: Hello"


def calls_recording(w):
    told = w.rymi.calls.recording(str(w.call().id))
    assert (told["status"], told["format"]) == ("completed", "wav")
    assert told["recording_url"]


def calls_reprocess(w):
    assert isinstance(w.rymi.calls.reprocess(str(w.call().id)), dict)


def calls_end(w):
    told = w.rymi.calls.end(str(w.live_call().id))
    assert (told["status"], told["message"]) == ("ended", "Call has been terminated.")


def calls_add_participants(w):
    call = str(w.live_call().id)
    people = [{"transport": "webrtc", "identity": "bob"}]
    told = w.rymi.calls.add_participants(call, people)
    (bob,) = told["participants"]
    assert (told["id"], bob["identity"], bool(bob["access"]["token"])) == (
        call,
        "bob",
        True,
    )
    over = str(w.call().id)
    refused(lambda: w.rymi.calls.add_participants(over, people), 409, "call_ended")


def calls_queue_stats(w):
    assert all(
        value is None or isinstance(value, int)
        for value in w.rymi.calls.queue_stats().values()
    )


# ---------------------------------------------------------------- numbers, carriers, dnc


def numbers_list(w):
    told = w.rymi.numbers.list(limit=500)
    assert (told["numbers"], told["total"]) == ([], 0)


def numbers_register(w):
    agent = str(w.agent().id)
    told = w.rymi.numbers.register(PHONE, agent)
    assert (told["status"], told["number"]) == ("registered", PHONE)
    assert told["agent_id"] == agent
    assert {"status", "provider"} <= set(told["webhook"])
    assert w.rymi.numbers.list()["numbers"][0]["number"] == PHONE


def numbers_attach(w):
    w.rymi.numbers.register(PHONE)
    agent = str(w.agent().id)
    # The client puts the plus into the path as it is.
    told = w.rymi.numbers.attach(PHONE, agent)
    assert (told["status"], told["agent_id"]) == ("attached", agent)


def numbers_remove(w):
    w.rymi.numbers.register(PHONE)
    assert w.rymi.numbers.remove(PHONE) == {"status": "removed", "number": PHONE}
    assert w.rymi.numbers.list()["numbers"] == []


def telephony_status(w):
    told = w.rymi.telephony.status()
    assert told == {
        "connected": False,
        "provider": None,
        "account_name": None,
        "account_country": None,
    }


def telephony_numbers(w):
    refused(w.rymi.telephony.numbers, 409, "carrier_not_connected")


def telephony_connect(w):
    with pytest.raises(rymi.RymiError) as raised:
        w.rymi.telephony.connect("pigeon", auth_id="a", auth_token="b")
    assert raised.value.status == 400


def telephony_disconnect(w):
    assert w.rymi.telephony.disconnect()["status"] == "disconnected"


def dnc_list(w):
    w.rymi.dnc.add(PHONE)
    told = w.rymi.dnc.list(limit=500)
    assert told["dnc_entries"][0]["phone"] == PHONE
    assert told["dnc_entries"][0]["reason"] == "API request"


def dnc_add(w):
    for _ in range(2):
        told = w.rymi.dnc.add("+1 (555) 123-0001", "Asked")
        assert told == {"status": "blocklisted", "phone_number": PHONE}


def dnc_add_batch(w):
    told = w.rymi.dnc.add_batch([PHONE, "nonsense"])
    assert (told["status"], told["count"]) == ("blocklisted", 1)
    assert (told["invalid_count"], told["invalid"]) == (1, ["nonsense"])


def dnc_check(w):
    w.rymi.dnc.add(PHONE)
    told = w.rymi.dnc.check([PHONE, "+15551230002"])
    assert (told["blocked_count"], told["total_checked"]) == (1, 2)
    assert told["results"][0]["blocked"] is True


def dnc_remove(w):
    w.rymi.dnc.add(PHONE)
    assert w.rymi.dnc.remove(PHONE) == {"status": "removed", "phone": PHONE}


# ---------------------------------------------------------------- keys


def keys_create(w):
    told = w.rymi.keys.create("workspace", ["calls:read", "calls:write"], label="CI")
    assert told["key"].startswith("rymi_")
    assert told["key_prefix"] == told["key"][:10]
    assert told["scopes"] == ["calls:read", "calls:write"]


def keys_self(w):
    told = w.rymi.keys.self()
    assert told == {
        "kind": "account",
        "account_id": str(w.workspace.account_id),
        "workspace_id": None,
        "scopes": ["*"],
        "legacy": False,
    }


def keys_list_publishable(w):
    assert w.rymi.keys.list_publishable() == {"keys": []}


def keys_create_publishable(w):
    agent = str(w.agent().id)
    told = w.rymi.keys.create_publishable(agent, "Shop", ["web"], "sdk", PHONE)
    assert told["key"].startswith("sb_publishable_")
    assert told["default_from_number"] == PHONE
    page = rymi.Rymi(api_key=told["key"], base_url=w.url)
    started = page.calls.create(agent, [{"transport": "webrtc", "identity": "v"}])
    assert started["participants"][0]["access"]["url"]
    refused(page.calls.list, 401, "unauthorized")
    refused(page.agents.list, 401, "unauthorized")


def keys_revoke_publishable(w):
    agent = str(w.agent().id)
    made = w.rymi.keys.create_publishable(agent, "Shop")
    [key] = w.rymi.keys.list_publishable()["keys"]
    assert w.rymi.keys.revoke_publishable(key["id"]) == {"success": True}
    page = rymi.Rymi(api_key=made["key"], base_url=w.url)
    refused(lambda: page.calls.create(agent), 401, "unauthorized")


# ---------------------------------------------------------------- billing


def billing_usage_summary(w):
    assert w.rymi.billing.usage_summary()["voice_runtime"]["remaining_minutes"] >= 0


def billing_estimate(w):
    assert w.rymi.billing.estimate(llm_model="gpt-4o-mini", duration_seconds=90)


def billing_set_auto_recharge(w):
    with pytest.raises(rymi.RymiError) as raised:
        w.rymi.billing.set_auto_recharge(enabled=True, pack_usd=20, threshold_usd=5)
    assert raised.value.status == 403


def billing_set_alerts(w):
    with pytest.raises(rymi.RymiError) as raised:
        w.rymi.billing.set_alerts(thresholds_usd=[10], email_enabled=True)
    assert raised.value.status == 403


def billing_set_country(w):
    with pytest.raises(rymi.RymiError) as raised:
        w.rymi.billing.set_country("US")
    assert raised.value.status == 403


# ---------------------------------------------------------------- the rest


def templates_list(w):
    [template, *_] = w.rymi.templates.list()["templates"]
    assert {"id", "label", "icon", "description", "color", "defaults"} <= set(template)
    made = w.rymi.agents.create(template["label"], **template["defaults"])
    assert made["status"] == "created"


HOOK = ("https://hooks.example.com/rymi", ["call.completed"], "whsec_" + "x" * 20)


def webhooks_list(w):
    w.rymi.webhooks.create(*HOOK)
    [told] = w.rymi.webhooks.list(limit=500)["webhooks"]
    assert told["url"] == HOOK[0]
    assert "secret" not in told


def webhooks_create(w):
    told = w.rymi.webhooks.create(*HOOK, alert_email="me@example.com")
    assert told["status"] == "registered"
    assert (told["url"], told["events"]) == (HOOK[0], HOOK[1])
    with pytest.raises(rymi.RymiError) as raised:
        w.rymi.webhooks.create("http://127.0.0.1/", *HOOK[1:])
    assert raised.value.status == 400


def webhooks_update(w):
    made = w.rymi.webhooks.create(*HOOK)
    told = w.rymi.webhooks.update(made["id"], events=["agent.published"])
    assert told == {"status": "updated", "id": made["id"]}


def webhooks_delete(w):
    made = w.rymi.webhooks.create(*HOOK)
    told = w.rymi.webhooks.delete(made["id"])
    assert told == {"status": "deleted", "id": made["id"]}


def webhooks_verify_signature(w):
    """Proved with real deliveries in tests/webhooks; here: that it refuses."""
    with pytest.raises(ValueError, match="Signature"):
        w.rymi.webhooks.verify_signature("{}", "00", "99999999999999", "secret")


def tool_secrets_list(w):
    assert w.rymi.tool_secrets.list() == {"data": []}


def tool_secrets_set(w):
    told = w.rymi.tool_secrets.set("CRM_TOKEN", "s3cret", "api.example.com")
    assert told == {"data": {"name": "CRM_TOKEN"}}
    listed = w.rymi.tool_secrets.list()
    assert listed == {"data": [{"name": "CRM_TOKEN", "host": "api.example.com"}]}


def tool_secrets_delete(w):
    w.rymi.tool_secrets.set("CRM_TOKEN", "s3cret", "api.example.com")
    assert w.rymi.tool_secrets.delete("CRM_TOKEN") == {"data": {"name": "CRM_TOKEN"}}


def workspaces_list(w):
    [told] = w.rymi.workspaces.list()["workspaces"]
    assert told["id"] == str(w.workspace.id)
    assert {"role", "parent_id", "account_id", "account_name"} <= set(told)


def _sister(w):
    return w.rymi.workspaces.create("Clinic", operating_country="IN")["workspace"]


def workspaces_create(w):
    told = _sister(w)
    there = w.rymi.with_workspace(told["id"])
    assert there.agents.list()["agents"] == []
    client = w.rymi.workspaces.create("Client", parent=str(w.workspace.id))
    assert client["workspace"]["parent_id"] == str(w.workspace.id)


def workspaces_update(w):
    client = w.rymi.workspaces.create("Client", parent=str(w.workspace.id))
    id = client["workspace"]["id"]
    assert w.rymi.workspaces.update(id, spend_cap_cents_monthly=500) == {"ok": True}
    assert w.rymi.workspaces.update(id, spend_cap_cents_monthly=None) == {"ok": True}


def workspaces_delete(w):
    assert w.rymi.workspaces.delete(_sister(w)["id"]) == {"ok": True}
    w.agent()
    refused(
        lambda: w.rymi.workspaces.delete(str(w.workspace.id)),
        409,
        "workspace_not_empty",
    )


def workspaces_usage(w):
    w.call(billed_ms=60_000)
    told = w.rymi.workspaces.usage(str(w.workspace.id))
    assert (told["calls"], told["minutes"]) == (1, 1.0)


def workspaces_list_members(w):
    [told] = w.rymi.workspaces.list_members(str(w.workspace.id))["members"]
    assert (told["email"], told["role"]) == ("owner@example.com", "owner")


def workspaces_add_member(w):
    told = w.rymi.workspaces.add_member(str(w.workspace.id), "new@example.com")
    assert told["member"]["role"] == "client"


def workspaces_remove_member(w):
    from tests import factories

    user = factories.UserFactory(email="clerk@example.com")
    w.rymi.workspaces.add_member(str(w.workspace.id), user.email, "editor")
    told = w.rymi.workspaces.remove_member(str(w.workspace.id), str(user.id))
    assert told == {"ok": True}


def _account(w):
    return str(w.workspace.account_id)


def accounts_list(w):
    assert w.rymi.accounts.list()["accounts"][0]["id"] == _account(w)


def accounts_get(w):
    assert w.rymi.accounts.get(_account(w))["account"]["id"] == _account(w)


def accounts_update(w):
    assert w.rymi.accounts.update(_account(w), "Acme") == {"ok": True}


def accounts_list_members(w):
    [told] = w.rymi.accounts.list_members(_account(w))["members"]
    assert told["role"] == "owner"


def _partner(w):
    from tests import factories

    user = factories.UserFactory(email="partner@example.com")
    told = w.rymi.accounts.add_member(_account(w), user.email, "billing")
    return str(user.id), told


def accounts_add_member(w):
    id, told = _partner(w)
    assert told["member"] == {
        "user_id": id,
        "email": "partner@example.com",
        "role": "billing",
    }


def accounts_update_member(w):
    id, _ = _partner(w)
    told = w.rymi.accounts.update_member(_account(w), id, "admin")
    assert told == {"member": {"user_id": id, "role": "admin"}}


def accounts_remove_member(w):
    id, _ = _partner(w)
    assert w.rymi.accounts.remove_member(_account(w), id) == {"ok": True}
    refused(
        lambda: w.rymi.accounts.remove_member(_account(w), str(w.owner.id)),
        409,
        "last_owner",
    )


def accounts_workspaces(w):
    [told] = w.rymi.accounts.workspaces(_account(w))["workspaces"]
    assert {"id", "name", "calls", "minutes", "credits"} <= set(told)
