"""The API's description: every field is said, and real answers fit it.

That answers fit is watched wherever a test asks the API; see ``tests.described``.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command

from rymi_site import api_schema
from tests import described

# What may hold anything, by the last name of its path; all else says its fields.
OPEN = {
    "after_jsonb": "a setting's value",
    "before_jsonb": "a setting's value",
    "config": "a configuration in the shape in which it came",
    "currentConfig": "a configuration, nested or flat",
    "current_provider_config": "wishes in either of two shapes",
    "extraction": "as the customer's own schema has it",
    "json_schema": "the customer's own",
    "metadata": "the customer's own",
    "options": "wishes; unknown ones are left out",
    "provider_settings": "each tool has its own",
    "roles": "empty: kept for older clients",
    "value": "a setting's, or as the customer's own schema has it",
    "variables": "the customer's own",
}
PLACE = "post", "/v1/dnc/check"
ANSWER = {
    "results": [
        {"phone_number": "0", "normalized": None, "blocked": False, "valid": False}
    ],
    "blocked_count": 0,
    "total_checked": 1,
}


def bodies():
    """Yield every body that the description knows, with where it stands."""
    for path, operations in described.document()["paths"].items():
        for method, operation in operations.items():
            told = {"request": operation.get("requestBody", {})}
            told |= operation["responses"]
            for what, body in told.items():
                for content in body.get("content", {}).values():
                    yield f"{method} {path} {what}", content["schema"]


def _is_silent(schema):
    says = schema.keys() & {"properties", "allOf", "anyOf", "oneOf", "enum"}
    return not says and schema.get("type", "object") in ("object", "array")


def unsaid(schema, path):
    """Yield the paths of what may hold anything."""
    for word in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(word, []):
            yield from unsaid(each, path)
    inner = schema.get("items") or schema.get("additionalProperties")
    fields = schema.get("properties") or {}
    if isinstance(inner, dict) and inner:
        yield from unsaid(inner, path)
    elif _is_silent(schema):
        yield path
    for name, each in fields.items():
        yield from unsaid(each, f"{path}.{name}")


def test_every_field_is_described():
    found = [
        path
        for where, schema in bodies()
        for path in unsaid(described.strict(schema), where)
        if path.rpartition(".")[2] not in OPEN
    ]

    assert found == []


def test_nothing_is_left_to_the_generators_guess():
    call_command("spectacular", validate=True, fail_on_warn=True, file=os.devnull)


def test_no_answer_is_without_a_body():
    for operations in described.document()["paths"].values():
        for operation in operations.values():
            for status, said in operation["responses"].items():
                assert "content" in said, (operation["operationId"], status)


def test_many_may_ask_for_it_at_once():
    api_schema._written.cache_clear()

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: api_schema.document(), range(8)))

    assert len(set(told)) == 1


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"blocked_count": "0"}, "'0' is not of type 'integer'"),
        ({"blocked_count": None}, "None is not of type 'integer'"),
        ({"note": ""}, "'note' was unexpected"),
        ({"results": [{**ANSWER["results"][0], "valid": None}]}, "valid: None"),
    ],
)
def test_an_answer_that_does_not_fit_is_found(wrong, fault):
    described.check(*PLACE, 200, ANSWER)

    with pytest.raises(described.Undescribed, match=fault):
        described.check(*PLACE, 200, {**ANSWER, **wrong})


def test_a_field_that_is_missing_is_found():
    short = {name: held for name, held in ANSWER.items() if name != "total_checked"}

    with pytest.raises(described.Undescribed, match="'total_checked' is a required"):
        described.check(*PLACE, 200, short)


def test_a_status_that_is_not_described_is_found():

    with pytest.raises(described.Undescribed, match="202 is not described"):
        described.check(*PLACE, 202, ANSWER)
