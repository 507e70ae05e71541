import json

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from agents import drafting, gallery

BRIEF = (
    "A receptionist for Brightwater Dental in Bristol. It answers patients and takes"
    " appointment requests. We are open Monday to Friday, 8 to 6."
)


async def whole(answer):
    return b"".join([part async for part in answer])


def design(studio, **data):
    answer = studio.post("/agents/new/design/", data)
    assert answer.headers["Content-Type"] == "text/event-stream", answer.content
    blocks = async_to_sync(whole)(answer).decode().strip().split("\n\n")
    lines = [block.split("\n") for block in blocks]
    return [
        (kind.removeprefix("event: "), json.loads(content.removeprefix("data: ")))
        for kind, content in lines
    ]


def test_the_page_offers_every_template(studio):
    page = studio.get("/agents/new/").text

    for template in gallery.load().values():
        assert f"?template={template.id}" in page
    assert "templates and rules will make it" in page


def test_a_template_asks_its_questions_and_knows_what_was_said(studio):
    page = studio.get(
        "/agents/new/",
        {"template": "dental-receptionist", "description": BRIEF},
        headers={"HX-Request": "true"},
    ).text

    assert "<html" not in page
    for question in gallery.find("dental-receptionist").setupQuestions:
        assert f'data-question="{question.id}"' in page
    assert 'value="Brightwater Dental"' in page


def test_an_unknown_template_is_404(studio):
    assert studio.get("/agents/new/", {"template": "nonsense"}).status_code == 404


def test_a_description_becomes_an_agent_step_by_step(studio, workspace, owner):
    *steps, (last, done) = design(studio, description=BRIEF)

    assert [content["name"] for _, content in steps] == [
        "reading", "template", "business", "persona", "playbook", "languages",
        "voice", "checks",
    ]  # fmt: skip
    agent = workspace.agents.get()
    assert (last, done["url"]) == ("done", f"/agents/{agent.id}/")
    assert done["how"] == "template"
    assert done["note"] == drafting.NO_MODEL
    assert agent.created_by == owner
    assert agent.config["persona"]["companyName"] == "Brightwater Dental"
    assert studio.get(done["url"]).status_code == 200


def test_answers_go_where_the_template_says(studio, workspace):
    design(
        studio,
        template="dental-receptionist",
        description="",
        **{
            "answers.company_name.other": "Harbour Dental",
            "answers.services": ["Fillings", "Implants"],
            "answers.services.other": "Sleep dentistry",
        },
    )

    agent = workspace.agents.get()
    facts = "\n".join(agent.config["persona"]["knowledgeBase"])
    assert agent.config["persona"]["companyName"] == "Harbour Dental"
    assert "Fillings, Implants and Sleep dentistry" in facts


def test_what_was_not_said_is_named(studio):
    *_, (_, done) = design(studio, template="dental-receptionist", description="")

    assert done["missing"] == ["Practice"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"description": "  "}, 400),
        ({"description": "x" * 9000}, 400),
        ({"template": "nonsense"}, 404),
    ],
)
def test_what_cannot_be_designed_is_said_and_saves_nothing(
    studio, workspace, data, status
):
    answer = studio.post("/agents/new/design/", data)

    assert answer.status_code == status
    assert answer.json()["error"]
    assert not workspace.agents.exists()


def test_a_designer_that_breaks_says_so_and_saves_nothing(
    studio, workspace, monkeypatch
):
    def broken(*_):
        yield drafting.Step("reading", "Reading", "", "template")
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(drafting, "_steps", broken)

    *_, (kind, content) = design(studio, description=BRIEF)

    assert kind == "failed"
    assert "nothing was saved" in content["message"]
    assert not workspace.agents.exists()


def test_a_viewer_may_not_design(viewer):
    client = Client()
    client.force_login(viewer)

    assert client.get("/agents/new/").status_code == 403
    assert client.post("/agents/new/design/", {"description": "x"}).status_code == 403
