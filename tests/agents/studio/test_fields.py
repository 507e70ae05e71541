import json

import pytest
from django.http import QueryDict

from agents import config
from agents.config import Problem
from agents.studio import fields
from agents.studio.sections import SECTIONS

QUESTIONS = "playbook.qualificationFlow"


def typed(path, **data):
    form = QueryDict(mutable=True)
    for name, value in data.items():
        form.setlist(
            name.replace("__", "."), value if isinstance(value, list) else [value]
        )
    return fields.read([path], form)


@pytest.mark.parametrize("path", [p for one in SECTIONS for p in one.paths])
def test_every_field_has_words_and_a_kind(path):
    spec = fields.spec(path)

    assert spec.words.label
    assert spec.words.label != path.rpartition(".")[2]
    assert all(part.words.label != part.path for part in spec.row)


def test_a_number_knows_its_range():
    spec = fields.spec("advanced.maxCallDuration")

    assert (spec.kind, spec.range, spec.words.unit) == (
        "number",
        "30 to 7,200",
        "seconds",
    )


@pytest.mark.parametrize(
    ("path", "raw", "expected"),
    [
        ("persona.role", " desk ", "desk"),
        ("persona.companyDescription", "one\r\ntwo", "one\ntwo"),
        ("persona.knowledgeBase", "one\r\n\r\n two ", ["one", "two"]),
        ("advanced.maxCallDuration", "300", 300),
        ("advanced.replyDelay", "0,5", 0.5),
        ("advanced.replyDelay", "soon", "soon"),
        ("advanced.turnMode", "patient", "patient"),
        ("post_call.summary.prompt", "", None),
        ("post_call.structured_extraction.json_schema", '{"a": 1}', {"a": 1}),
    ],
)
def test_fields_are_read_as_their_kind(path, raw, expected):
    assert typed(path, **{path: raw}).values == {path: expected}


def test_a_switch_that_is_not_sent_is_off():
    path = "features.recording_enabled"

    assert typed(path).values == {path: False}
    assert typed(path, **{path: "on"}).values == {path: True}


def test_a_field_that_is_not_sent_is_left_alone():
    assert typed("voice").values == {}


def test_json_that_cannot_be_read_names_line_and_column():
    path = "post_call.structured_extraction.json_schema"

    found = typed(path, **{path: '{"a": 1,\n "b" 2}'})

    assert found.values == {}
    assert found.problems[path].startswith("Line 2, column 6")


def test_rows_are_read_in_the_order_of_their_keys_and_keep_what_is_not_shown():
    was = json.dumps({"key": "a", "metadataKey": "crm_a"})
    found = typed(
        "variables",
        variables=["n1", "0"],
        variables__0__key="a",
        variables__0__type="string",
        variables__0___was=was,
        variables__n1__key="b",
        variables__n1__type="number",
    )

    first, second = found.values["variables"]
    assert (first["key"], first["type"]) == ("b", "number")
    assert (second["key"], second["metadataKey"]) == ("a", "crm_a")


def test_a_row_that_is_not_filled_in_yet_is_left_out():
    found = typed(QUESTIONS, **{QUESTIONS: ["0", "n1"], f"{QUESTIONS}.0.question": "?"})

    assert len(found.values[QUESTIONS]) == 1


def test_a_problem_finds_its_input_and_names_the_mend():
    found = typed(
        QUESTIONS,
        **{
            QUESTIONS: ["n1", "0"],
            f"{QUESTIONS}.0.question": "Why?",
            f"{QUESTIONS}.0.slotName": "two words",
        },
    )
    with pytest.raises(config.Invalid) as refused:
        config.parse({"playbook": {"qualificationFlow": found.values[QUESTIONS]}})

    # The empty row before it is left out, so its index is 0 and its key is "0".
    name, sentence = fields.mend(refused.value.problems[0], found)

    assert name == f"{QUESTIONS}.0.slotName"
    assert "letters" in sentence.lower()


def test_a_number_out_of_range_is_told_its_range():
    path = "advanced.maxCallDuration"
    found = typed(path, **{path: "5"})

    assert fields.mend(Problem(path, "whatever"), found) == (
        path,
        "Give a whole number from 30 to 7,200.",
    )


def test_an_entry_of_lines_is_named_by_its_line():
    path = "persona.successCriteria"
    found = typed(path, **{path: "short\nlong"})

    name, sentence = fields.mend(Problem(f"{path}.1", "is too long"), found)

    assert (name, sentence) == (path, "Line 2: Is too long.")


def test_a_problem_of_the_whole_document_goes_to_the_list_it_names():
    found = typed(
        "variables",
        variables=["0", "1"],
        variables__0__key="a",
        variables__1__key="a",
    )

    name, sentence = fields.mend(Problem("config", "variables has a twice"), found)

    assert name == "variables"
    assert "twice" in sentence
