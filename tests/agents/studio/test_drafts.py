import json

import pytest
from django.test import Client

from agents import authoring
from agents.studio.editor import Editor
from agents.studio.sections import BY_NAME, SECTIONS


def url(agent, section):
    return f"/agents/{agent.id}/sections/{section}/"


def form(agent, section, **typed):
    """Return what a browser posts: the form as it was drawn, and what was typed."""
    editor = Editor(None, agent)
    data = {"_base": json.dumps(editor.stored(BY_NAME[section].paths))}
    for each in editor.groups(BY_NAME[section]):
        for control in each["controls"]:
            _fill(data, control)
    return {**data, **{name.replace("__", "."): value for name, value in typed.items()}}


def _fill(data, control):
    if control.spec.kind == "rows":
        data[control.name] = [row.key for row in control.rows]
        for row in control.rows:
            data[f"{control.name}.{row.key}._was"] = row.was
            for part in row.controls:
                _fill(data, part)
    elif control.spec.kind == "switch":
        data |= {control.name: "on"} if control.value else {}
    else:
        data[control.name] = control.value


@pytest.mark.parametrize("section", [one.name for one in SECTIONS])
def test_every_section_opens(studio, agent, section):
    page = studio.get(f"/agents/{agent.id}/?section={section}")

    assert page.status_code == 200
    assert f'id="title-{section}"' in page.text


def test_an_unknown_section_opens_the_first(studio, agent):
    page = studio.get(f"/agents/{agent.id}/?section=nonsense")

    assert 'id="title-business"' in page.text


def test_htmx_gets_the_section_alone(studio, agent):
    page = studio.get(
        f"/agents/{agent.id}/?section=persona", headers={"HX-Request": "true"}
    )

    assert "<html" not in page.text
    assert 'id="title-persona"' in page.text


@pytest.mark.parametrize("section", [s.name for s in SECTIONS if s.paths])
def test_a_form_saved_as_it_was_drawn_changes_nothing(studio, agent, section):
    answer = studio.post(url(agent, section), form(agent, section))

    assert answer.status_code == 200
    assert "Saved" in answer.text
    assert agent.changes.count() == 0


def test_save_changes_what_was_typed_and_logs_it(studio, agent, owner):
    studio.post(url(agent, "persona"), form(agent, "persona", persona__role="porter"))

    agent.refresh_from_db()
    assert agent.config["persona"]["role"] == "porter"
    change = agent.changes.get()
    assert (change.field_path, change.before, change.changed_by) == (
        "persona.role",
        "receptionist",
        owner,
    )


def test_save_renames_the_agent(studio, agent):
    answer = studio.post(
        url(agent, "business"), form(agent, "business", name="Night desk")
    )

    agent.refresh_from_db()
    assert agent.name == "Night desk"
    assert ">Night desk</h1>" in answer.text


def test_one_wrong_field_keeps_only_itself_from_being_saved(studio, agent):
    answer = studio.post(
        url(agent, "settings"),
        form(
            agent,
            "settings",
            advanced__maxCallDuration="5",
            advanced__turnMode="patient",
        ),
    )

    agent.refresh_from_db()
    assert agent.config["advanced"]["turnMode"] == "patient"
    assert agent.config["advanced"]["maxCallDuration"] == 600
    assert "1 field not saved" in answer.text
    assert "Give a whole number from 30 to 7,200." in answer.text
    assert 'data-for="advanced.maxCallDuration"' in answer.text


def test_rows_can_be_moved_and_removed(studio, agent):
    path = "playbook.qualificationFlow"
    data = form(agent, "playbook")

    studio.post(url(agent, "playbook"), {**data, path: ["1", "0"]})
    agent.refresh_from_db()
    first, second = agent.config["playbook"]["qualificationFlow"]
    assert (first["slotName"], second["slotName"]) == ("patient_type", "reason")

    studio.post(url(agent, "playbook"), {**form(agent, "playbook"), path: ["1"]})
    agent.refresh_from_db()
    (left,) = agent.config["playbook"]["qualificationFlow"]
    assert left["slotName"] == "reason"


def test_two_people_on_different_fields_both_win(studio, agent, viewer):
    drawn = form(agent, "persona", persona__role="porter")
    authoring.edit(agent, changes={"persona.name": "Eve"}, by=viewer)

    answer = studio.post(url(agent, "persona"), drawn)

    agent.refresh_from_db()
    persona = agent.config["persona"]
    assert (persona["name"], persona["role"]) == ("Eve", "porter")
    assert "changed elsewhere" in answer.text


def test_two_people_on_one_field_the_second_is_told_and_chooses(studio, agent, viewer):
    drawn = form(agent, "persona", persona__role="porter")
    authoring.edit(agent, changes={"persona.role": "cook"}, by=viewer)

    answer = studio.post(url(agent, "persona"), drawn)

    agent.refresh_from_db()
    assert agent.config["persona"]["role"] == "cook"
    assert f"{viewer.spoken_name} changed this meanwhile, to “cook”" in answer.text

    studio.post(url(agent, "persona"), {**drawn, "_mine": "persona.role"})

    agent.refresh_from_db()
    assert agent.config["persona"]["role"] == "porter"


def test_what_others_changed_is_not_changed_back_by_the_next_save(studio, agent, owner):
    drawn = form(agent, "persona", persona__role="porter")
    authoring.edit(agent, changes={"persona.name": "Eve"}, by=owner)
    answer = studio.post(url(agent, "persona"), drawn)
    base = _base(answer, "persona")

    studio.post(url(agent, "persona"), {**drawn, "persona.role": "cook", "_base": base})

    agent.refresh_from_db()
    persona = agent.config["persona"]
    assert (persona["name"], persona["role"]) == ("Eve", "cook")


def _base(answer, section):
    from html import unescape

    _, _, rest = answer.text.partition(f'id="base-{section}" name="_base" value="')
    return unescape(rest.partition('"')[0])


def test_a_broken_base_is_no_base(studio, agent):
    data = {**form(agent, "persona", persona__role="porter"), "_base": "{broken"}

    assert studio.post(url(agent, "persona"), data).status_code == 200
    agent.refresh_from_db()
    assert agent.config["persona"]["role"] == "porter"


@pytest.mark.parametrize("section", ["history", "nonsense"])
def test_what_has_no_fields_cannot_be_saved(studio, agent, section):
    assert studio.post(url(agent, section), {}).status_code == 404


def test_the_undo_button_takes_back_the_last_change(studio, agent):
    answer = studio.post(
        url(agent, "persona"), form(agent, "persona", persona__role="porter")
    )
    undo = f"/agents/{agent.id}/changes/{agent.changes.get().id}/undo/"
    assert undo in answer.text

    answer = studio.post(undo)

    agent.refresh_from_db()
    assert agent.config["persona"]["role"] == "receptionist"
    assert "draft:replaced" in answer.headers["HX-Trigger"]
    assert "Nothing to take back" in answer.text


def test_undo_is_refused_where_the_field_was_changed_again(studio, agent, owner):
    (first,) = authoring.edit(agent, changes={"persona.role": "porter"}, by=owner)
    authoring.edit(agent, changes={"persona.role": "cook"}, by=owner)

    answer = studio.post(f"/agents/{agent.id}/changes/{first.id}/undo/")

    assert answer.status_code == 409
    assert "Undo the later change first" in answer.text


def test_a_viewer_sees_and_does_not_save(agent, viewer):
    client = Client()
    client.force_login(viewer)

    page = client.get(f"/agents/{agent.id}/?section=persona")

    assert "<fieldset disabled>" in page.text
    assert client.post(url(agent, "persona"), {}).status_code == 403


def test_a_stranger_gets_404(agent, stranger, owner):
    (change,) = authoring.edit(agent, changes={"persona.role": "porter"}, by=owner)
    client = Client()
    client.force_login(stranger)

    for path in ("", "publication/", "stack/tts/", "languages/search/"):
        assert client.get(f"/agents/{agent.id}/{path}").status_code == 404, path
    for path in (
        "sections/persona/",
        f"changes/{change.id}/undo/",
        "copy/",
        "deletion/",
        "restoration/",
        "publication/",
        "languages/",
        "stack/tts/",
    ):
        assert client.post(f"/agents/{agent.id}/{path}").status_code == 404, path
    agent.refresh_from_db()
    assert agent.config["persona"]["role"] == "porter"


@pytest.mark.parametrize("section", [one.name for one in SECTIONS])
def test_no_section_makes_many_queries(
    studio, agent, owner, section, django_assert_max_num_queries
):
    for role in ("porter", "cook", "clerk"):
        authoring.edit(agent, changes={"persona.role": role}, by=owner)
    studio.get("/agents/")  # the first page of a session notes who is there

    # Sources, their use and the plan's limits; secrets, apps, and which are connected.
    of_its_own = 3 if section in ("knowledge", "tools") else 0
    with django_assert_max_num_queries(13 + of_its_own):
        studio.get(f"/agents/{agent.id}/?section={section}")


def test_the_end_of_the_history_is_reached_page_by_page(studio, agent, owner):
    for number in range(45):
        authoring.edit(agent, changes={"persona.role": f"role {number}"}, by=owner)

    page = studio.get(f"/agents/{agent.id}/?section=history")
    _, _, rest = page.text.partition("&amp;before=")
    older = studio.get(
        f"/agents/{agent.id}/?section=history&before={rest[:36]}",
        headers={"HX-Request": "true"},
    )

    assert page.text.count("<ins") == 40
    assert older.text.count("<ins") == 5
    assert "Show older" not in older.text
