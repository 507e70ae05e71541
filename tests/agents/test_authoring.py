from datetime import timedelta

import pytest

from agents import authoring, config, publishing
from common import clock
from common.errors import NotFound


@pytest.fixture
def agent(workspace, owner):
    return authoring.create(
        workspace=workspace, name="Front desk", config=config.defaults(), by=owner
    )


def edit(agent, owner, **changes):
    return authoring.edit(
        agent,
        changes={path.replace("__", "."): value for path, value in changes.items()},
        by=owner,
    )


def test_edit_logs_each_field_that_changed(agent, owner):
    changes = edit(
        agent, owner, persona__role="receptionist", persona__name="", name="Desk"
    )

    assert [(c.field_path, c.before, c.after) for c in changes] == [
        ("persona.role", "", "receptionist"),
        ("name", "Front desk", "Desk"),
    ]
    agent.refresh_from_db()
    assert (agent.name, agent.revision) == ("Desk", 2)


def test_edit_of_nothing_changes_nothing(agent, owner):
    assert edit(agent, owner, persona__role="") == []
    agent.refresh_from_db()
    assert agent.revision == 1


def test_edit_takes_all_or_nothing(agent, owner):
    with pytest.raises(config.Invalid):
        edit(agent, owner, persona__role="x", advanced__maxCallDuration=5)

    agent.refresh_from_db()
    assert agent.config["persona"]["role"] == ""


def test_edit_refuses_a_stale_revision(agent, owner):
    edit(agent, owner, persona__role="x")

    with pytest.raises(authoring.Stale):
        authoring.edit(agent, changes={"persona.role": "y"}, by=owner, revision=1)


def test_edit_names_an_unknown_path(agent, owner):
    with pytest.raises(config.Invalid) as refused:
        edit(agent, owner, persona__shoe="x")

    assert refused.value.problems[0].path == "persona.shoe"


def test_a_voice_of_another_provider_is_reset(agent, owner):
    edit(agent, owner, tts_provider="openai", voice="alloy")

    changes = edit(agent, owner, tts_provider="cartesia", tts_model="sonic-3")

    assert {c.field_path for c in changes} == {"tts_provider", "tts_model", "voice"}
    agent.refresh_from_db()
    assert agent.config["voice"] not in ("", "alloy")


def test_undo_puts_one_field_back_and_keeps_the_rest(agent, owner):
    role, name = edit(agent, owner, persona__role="x", persona__name="Ada")

    authoring.undo(role, by=owner)

    agent.refresh_from_db()
    assert agent.config["persona"]["role"] == ""
    assert agent.config["persona"]["name"] == "Ada"


def test_undo_refuses_when_the_field_changed_again(agent, owner):
    (first,) = edit(agent, owner, persona__role="x")
    edit(agent, owner, persona__role="y")

    with pytest.raises(authoring.Undoable):
        authoring.undo(first, by=owner)


def test_undo_twice_is_refused(agent, owner):
    (change,) = edit(agent, owner, persona__role="x")
    authoring.undo(change, by=owner)

    with pytest.raises(authoring.Undoable):
        authoring.undo(change, by=owner)


def test_clone_copies_the_draft_unpublished(agent, owner):
    edit(agent, owner, persona__role="x")
    agent.refresh_from_db()

    copy = authoring.clone(agent, by=owner)

    assert copy.name == "Front desk (Copy)"
    assert copy.config["persona"]["role"] == "x"
    assert not copy.is_published()


def test_get_names_an_unknown_path():
    with pytest.raises(NotFound):
        authoring.get({"a": {}}, "a.b")


def typing(agent, owner, **changes):
    return authoring.edit(
        agent,
        changes={path.replace("__", "."): value for path, value in changes.items()},
        by=owner,
        typing=True,
    )


def test_a_sentence_that_is_typed_is_one_change(agent, owner):
    typing(agent, owner, persona__role="po")
    typing(agent, owner, persona__role="porter")

    (change,) = agent.changes.all()
    assert (change.before, change.after) == ("", "porter")
    authoring.undo(change, by=owner)
    agent.refresh_from_db()
    assert agent.config["persona"]["role"] == ""


def test_what_is_typed_and_taken_back_by_hand_is_no_change(agent, owner):
    typing(agent, owner, persona__role="po")
    typing(agent, owner, persona__role="")

    assert not agent.changes.exists()


@pytest.mark.parametrize("meanwhile", ["another field", "another person", "later"])
def test_other_changes_stay_apart(agent, owner, stranger, time_machine, meanwhile):
    typing(agent, owner, persona__role="po")
    if meanwhile == "another field":
        typing(agent, owner, persona__name="Ava")
    by = stranger if meanwhile == "another person" else owner
    if meanwhile == "later":
        time_machine.move_to(clock.now() + timedelta(minutes=2))
    typing(agent, by, persona__role="porter")

    changes = agent.changes.filter(field_path="persona.role").order_by("id")
    assert [c.after for c in changes] == ["po", "porter"]


def test_what_went_live_is_not_rewritten(agent, owner):
    typing(agent, owner, persona__role="porter")
    publishing.publish(agent, by=owner)
    agent.refresh_from_db()
    typing(agent, owner, persona__role="cook")

    assert agent.changes.count() == 2


def test_undoing_an_engine_resets_a_voice_that_no_longer_fits(agent, owner):
    edit(agent, owner, tts_provider="openai", voice="alloy")
    engine, *_ = edit(agent, owner, tts_provider="cartesia", tts_model="sonic-3")
    agent.refresh_from_db()
    edit(agent, owner, tts_model="")

    authoring.undo(engine, by=owner)

    agent.refresh_from_db()
    assert agent.config["tts_provider"] == "openai"
    assert agent.config["voice"] == "alloy"
    last = agent.changes.order_by("-id").first()
    assert (last.field_path, last.after, last.changed_by) == ("voice", "alloy", owner)


def test_going_back_makes_the_draft_what_a_version_was(agent, owner):
    edit(agent, owner, persona__role="clerk", tools=[{"tool_id": "end_call"}])
    agent.refresh_from_db()
    version = publishing.publish(agent, by=owner)
    edit(agent, owner, persona__role="cook", tools=[], advanced__maxCallDuration=60)
    agent.refresh_from_db()

    changed = authoring.go_back(agent, version, by=owner)

    agent.refresh_from_db()
    assert agent.config == version.config
    assert {each.field_path for each in changed} == {
        "persona.role",
        "tools",
        "advanced.maxCallDuration",
    }
    authoring.undo(changed[0], by=owner)  # each can be taken back alone
    agent.refresh_from_db()
    assert agent.config != version.config


def test_going_back_to_what_the_draft_is_changes_nothing(agent, owner):
    edit(agent, owner, persona__role="clerk")
    agent.refresh_from_db()
    version = publishing.publish(agent, by=owner)

    assert authoring.go_back(agent, version, by=owner) == []
