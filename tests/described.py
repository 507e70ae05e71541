"""Answers of the API, held against what its description says of them.

Whatever test asks the API, each answer that is no refusal is checked: it has a status
that is described, every field of the description with the type it says, and no field
that the description does not know.
"""

import re
from functools import cache
from typing import Any

import jsonschema
import orjson

from common.api.json_answer import JsonAnswer
from rymi_site import api_schema

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_given = JsonAnswer.render


class Undescribed(AssertionError):
    """An answer is not what the description says."""


def render(self: Any, data: Any, kind: Any = None, context: Any = None) -> bytes:
    """Write an answer, and check it; stands in the place of the renderer's method."""
    written = _given(self, data, kind, context)
    if context:  # else it is written down for a twin of the request
        _check(context["request"], context["response"].status_code, written)
    return written


def _check(request: Any, status: int, written: bytes) -> None:
    match = request.resolver_match
    if match and status < 400:
        path = "/" + _PARAMETER.sub(r"{\1}", match.route)
        check(request.method.lower(), path, status, orjson.loads(written))


def check(method: str, path: str, status: int, answer: Any) -> None:
    """Raise ``Undescribed`` if the answer is not as described."""
    operation = document()["paths"].get(path, {}).get(method)
    if operation is None:
        return  # a view of a test's own
    where = f"{method} {path} {status}"
    if str(status) not in operation["responses"]:
        raise Undescribed(f"{where} is not described")
    faults = _checker(method, path, str(status)).iter_errors(answer)
    if fault := jsonschema.exceptions.best_match(faults):
        raise Undescribed(f"{where}: {fault.json_path}: {fault.message}")


@cache
def document() -> dict[str, Any]:
    """Return the description."""
    return dict(orjson.loads(api_schema.document()))


@cache
def _checker(method: str, path: str, status: str) -> jsonschema.Draft202012Validator:
    said = document()["paths"][path][method]["responses"][status]
    schema = strict(said["content"]["application/json"]["schema"])
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.FormatChecker()
    )


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of OpenAPI 3.0 as JSON Schema in which objects whose fields are
    said have no others."""
    if reference := schema.get("$ref"):
        return strict(document()["components"]["schemas"][reference.split("/")[-1]])
    found = dict(schema)
    for word in ("allOf", "anyOf", "oneOf"):
        if word in found:
            found[word] = [strict(each) for each in found[word]]
    for word in ("items", "additionalProperties"):
        if isinstance(found.get(word), dict):
            found[word] = strict(found[word])
    if fields := found.get("properties"):
        found["properties"] = {name: strict(each) for name, each in fields.items()}
        found.setdefault("additionalProperties", False)
    if found.pop("nullable", False):
        return {"anyOf": [found, {"type": "null"}]}
    return found
