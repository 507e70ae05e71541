import pytest

from agents import authoring, config, publishing
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

    publishing.withdraw(agent)

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
