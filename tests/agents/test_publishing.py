import threading

import pytest
from django.db import close_old_connections, connection

from agents import authoring, config, publishing
from agents.signals import agent_published
from common.errors import NotFound
from tests import factories

GOOD = {
    "persona": {"role": "receptionist"},
    "playbook": {"opener": "Hello.", "fallbackCTA": "Call back."},
}


@pytest.fixture
def agent(workspace, owner):
    return authoring.create(
        workspace=workspace, name="Desk", config=config.parse(GOOD), by=owner
    )


def titles(issues):
    return [issue.title for issue in issues]


def test_an_empty_agent_is_blocked_and_told_where(workspace, owner):
    empty = factories.AgentFactory(workspace=workspace)

    with pytest.raises(publishing.Blocked) as refused:
        publishing.publish(empty, by=owner)

    (blocker,) = refused.value.report.blockers
    assert (blocker.section, blocker.title) == ("persona", "The agent has no role")


def test_publishing_freezes_a_snapshot(agent, owner):
    snapshot = publishing.publish(agent, by=owner)
    authoring.edit(agent, changes={"persona.role": "other"}, by=owner)

    agent.refresh_from_db()
    snapshot.refresh_from_db()
    assert agent.published == snapshot
    assert snapshot.config["persona"]["role"] == "receptionist"
    assert publishing.has_changes(agent)


def test_snapshots_are_numbered(agent, owner):
    numbers = [publishing.publish(agent, by=owner).number for _ in range(3)]

    assert numbers == [1, 2, 3]


def test_withdraw_keeps_the_snapshots(agent, owner):
    publishing.publish(agent, by=owner)
    agent.refresh_from_db()

    publishing.withdraw(agent, by=owner)

    assert not agent.is_published()
    assert agent.snapshots.count() == 1


def test_without_a_model_the_report_says_that_replies_are_scripted(agent):
    assert "Replies are scripted" in titles(publishing.validate(agent).warnings)


def test_a_language_nothing_covers_blocks(agent, owner):
    authoring.edit(agent, changes={"language": "hi-IN"}, by=owner)
    agent.refresh_from_db()

    blockers = publishing.validate(agent).blockers

    assert any("hi-IN" in title for title in titles(blockers))


def test_a_caller_type_without_signs_is_warned_of(workspace, owner):
    document = {**GOOD, "persona": {"role": "x", "callerPersonas": [{"type": "VIP"}]}}
    agent = authoring.create(
        workspace=workspace, name="a", config=config.parse(document), by=owner
    )

    warnings = publishing.validate(agent).warnings

    assert "VIP can never be noticed" in titles(warnings)


def warned(agent, **changes):
    """Edit, and return the warnings that this brings."""
    before = set(titles(publishing.validate(agent).warnings))
    authoring.edit(agent, changes=changes, by=None)
    agent.refresh_from_db()
    return set(titles(publishing.validate(agent).warnings)) - before


def test_a_token_without_a_variable_is_named_where_it_stands(agent):
    changes = {
        "system_prompt": "Greet {caller_name} of {{comany}}.",
        "playbook.endCallMessage": "Bye {whoever}.",
    }

    assert warned(agent, **changes) == {
        "The prompt uses comany",
        "The playbook uses whoever",
    }


def test_variables_that_calls_must_bring_are_named(agent):
    variables = [
        {"key": "plan", "required": True},
        {"key": "city", "required": True, "default": "Bristol"},
        {"key": "age", "required": True, "acquisition": "ask"},
    ]

    assert warned(agent, variables=variables) == {"Calls must bring plan"}


def test_without_a_transcript_what_is_lost_is_named(agent):
    changes = {
        "features.transcription_enabled": False,
        "post_call.structured_extraction.prompt": "The date.",
    }

    assert warned(agent, **changes) == {"There will be no summary and no extraction"}


def test_what_every_language_says_is_said_once(agent):
    authoring.edit(
        agent,
        changes={
            "llm_provider": "openai",
            "supported_languages": ["en-US", "en-GB", "en-IN"],
        },
        by=None,
    )
    agent.refresh_from_db()

    told = [
        (issue.section, issue.title) for issue in publishing.validate(agent).warnings
    ]

    assert told.count(("voice", "OpenAI is not connected")) == 1
    assert told.count(("languages", "OpenAI is not connected")) == 1


def test_a_draft_that_cannot_be_read_names_what_is_wrong(agent):
    agent.config = {"advanced": {"maxCallDuration": 7}}

    (blocker,) = publishing.validate(agent).blockers

    assert blocker.section == "settings"
    assert "30" in blocker.detail


def test_a_deleted_agent_is_not_published(agent, owner):
    authoring.delete(agent, by=owner)

    with pytest.raises(NotFound):
        publishing.publish(agent, by=owner)


def test_deleting_takes_an_agent_out_of_real_calls(agent, owner):
    publishing.publish(agent, by=owner)
    agent.refresh_from_db()

    authoring.delete(agent, by=owner)
    agent.refresh_from_db()
    assert not agent.is_published()

    authoring.restore(agent, by=owner)
    agent.refresh_from_db()
    assert (agent.deleted_at, agent.is_published()) == (None, False)


def test_who_published_is_written_down(agent, owner, workspace):
    publishing.publish(agent, by=owner)

    entry = workspace.audit_entries.get(verb="agent.published")
    assert (entry.actor, entry.target) == (owner, "Desk")


@pytest.mark.django_db(transaction=True)
def test_the_floors_above_hear_of_it_once_it_is_committed(agent, owner):
    heard = []

    def receive(sender, **ids):
        heard.append((ids["agent_id"], ids["snapshot_id"], connection.in_atomic_block))

    agent_published.connect(receive)
    try:
        snapshot = publishing.publish(agent, by=owner)
    finally:
        agent_published.disconnect(receive)

    assert heard == [(agent.id, snapshot.id, False)]


@pytest.mark.django_db(transaction=True)
def test_publishing_at_once_makes_numbers_that_differ(agent, owner):
    start, failures = threading.Barrier(4), []

    def publish():
        try:
            start.wait()
            publishing.publish(agent, by=owner)
        except Exception as error:  # a thread's; the test looks at them
            failures.append(error)
        finally:
            connection.close()
            close_old_connections()

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sorted(agent.snapshots.values_list("number", flat=True)) == [1, 2, 3, 4]
    agent.refresh_from_db()
    assert agent.published.number == 4
