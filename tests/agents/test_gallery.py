import json
import re
import shutil

import pytest
from django.conf import settings

from agents import authoring, gallery, prompting, publishing
from voice import wording

TEMPLATES = sorted(gallery.load())
ICONS = settings.BASE_DIR / "static/img/icons.svg"


def answered(template):
    """Answer every question: the first option, or a word."""
    return {
        q.id: q.options[0].label if q.options else "Lakeside"
        for q in template.setupQuestions
    }


def test_there_are_at_least_twelve():
    assert len(TEMPLATES) >= 12


def test_every_template_has_a_picture_that_is_there():
    drawn = re.findall(r'<symbol id="([a-z-]+)"', ICONS.read_text())
    assert {gallery.find(id).icon for id in TEMPLATES} <= set(drawn)


@pytest.mark.parametrize("id", TEMPLATES)
def test_a_template_is_whole(id):
    template = gallery.find(id)
    config = template.configure(answered(template))
    book, persona = config.playbook, config.persona

    assert 3 <= len(template.setupQuestions) <= 5
    assert 4 <= len(book.qualificationFlow) <= 6
    assert {s.slotName for s in book.qualificationFlow} == {
        s.name for s in book.requiredSlots
    }
    assert book.objectionHandlers
    assert book.scripts
    assert all((book.opener, book.closingCTA, book.fallbackCTA, book.endCallMessage))
    assert all(p.triggerPhrases and p.approach for p in persona.callerPersonas)
    assert template.knowledgeBaseHints
    assert template.matchKeywords
    assert config.post_call.structured_extraction.json_schema["properties"]
    assert template.missing(answered(template)) == []
    assert persona.companyName == "Lakeside"


@pytest.mark.parametrize("id", TEMPLATES)
def test_every_template_can_be_published(id, workspace, owner):
    template = gallery.find(id)
    agent = authoring.create(
        workspace=workspace,
        name=template.label,
        config=template.configure(answered(template)),
        by=owner,
        template=id,
    )

    report = publishing.validate(agent)

    assert report.blockers == []
    assert {issue.title for issue in report.warnings} == {"Replies are scripted"}


@pytest.mark.parametrize("id", TEMPLATES)
def test_no_token_is_left_unknown(id):
    template = gallery.find(id)
    config = template.configure(answered(template))

    said = json.dumps(config.document()["playbook"])
    known = {v.key for v in config.variables} | {
        "caller_name",
        *prompting.system_values(config, "x"),
    }
    # JSON braces are no tokens: none holds a bare identifier.
    assert set(wording.tokens(said)) <= known


@pytest.mark.parametrize("id", TEMPLATES)
def test_the_brief_of_a_template_finds_it(id):
    assert gallery.match(gallery.find(id).brief).id == id


@pytest.fixture
def broken(tmp_path):
    """Return a function that spoils one key of a template and gives back the file."""

    def spoil(change):
        path = tmp_path / "hotel-front-desk.json"
        shutil.copy(gallery.DATA / path.name, path)
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))
        return path

    return spoil


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d.pop("label"), "label"),
        (lambda d: d.update(colour="red"), "colour"),
        (lambda d: d.update(id="other"), "id: other is not the file's name"),
        (lambda d: d["defaults"]["persona"].update(nam="x"), "defaults.persona.nam: there is no such setting"),
        (lambda d: d["defaults"].update(advanced={"temperature": 9}), "defaults.advanced.temperature"),
        (lambda d: d["setupQuestions"][0]["writes"][0].update(key="persona.firm"), "setupQuestions.0.writes.0: there is no setting persona.firm"),
        (lambda d: d["setupQuestions"][0].update(dependsOn={"id": "x", "equals": "y"}), "setupQuestions.0.dependsOn.id: no earlier question x"),
        (lambda d: d["setupQuestions"].append(d["setupQuestions"][0]), "setupQuestions: company_name twice"),
    ],
)  # fmt: skip
def test_a_broken_template_names_file_and_key(broken, change, told):
    path = broken(change)

    with pytest.raises(gallery.Broken) as refused:
        gallery.read(path)

    assert path.name in str(refused.value)
    assert told in str(refused.value)


def test_a_file_that_is_no_json_is_named(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("{")

    with pytest.raises(gallery.Broken, match="x.json: not JSON"):
        gallery.read(path)


def test_a_question_asked_only_when_another_was_answered_so(broken):
    def change(document):
        document["setupQuestions"][1].update(
            dependsOn={"id": "company_name", "equals": "Grand"}
        )

    template = gallery.read(broken(change))
    answers = {"company_name": "Petit", "check_in": "noon"}

    assert "noon" not in str(template.configure(answers).persona.knowledgeBase)
    grand = template.configure({**answers, "company_name": "Grand"})
    assert "noon" in str(grand.persona.knowledgeBase)
