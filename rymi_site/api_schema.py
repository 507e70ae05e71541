"""The API's own description: an OpenAPI document, and a page to read it on."""

from functools import cache
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from agents.api import shapes

ERROR = {
    "type": "object",
    "required": ["error", "code"],
    "properties": {
        "error": {"type": "string", "description": "A sentence for people."},
        "code": {"type": "string", "description": "A word for programs."},
    },
}
REFUSALS = {
    "400": "The request is not valid; details names each field.",
    "401": "No key, an unknown key, or one that may not do this.",
    "402": "The balance does not cover it.",
    "403": "The key lacks the scope, or the role the right.",
    "404": "No such thing in this workspace.",
    "409": "The thing's state does not allow it, or a twin request is running.",
    "413": "The body is too big.",
    "415": "The body is not of the type this takes.",
    "422": "The Idempotency-Key came before with another request.",
    "429": "Too many requests or a quota is used up; see Retry-After.",
    "502": "Somebody outside, such as a provider, did not do their part.",
    "503": "Not available at the moment; see Retry-After.",
}
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Send the request again with the same key: it is done once.",
}
WORKSPACE = {
    "name": "Rymi-Workspace",
    "in": "header",
    "schema": {"type": "string", "format": "uuid"},
    "description": "Act in another workspace that the key reaches.",
}
# The generator keeps what it is at in one place for all threads.
_writing = Lock()


def with_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add to every operation what it may be refused with, and the common headers."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Error"] = ERROR
    schemas.update(shapes.components())
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for methods in result["paths"].values():
        for method, operation in methods.items():
            for status, words in REFUSALS.items():
                operation["responses"].setdefault(
                    status, {"description": words, "content": content}
                )
            parameters = operation.setdefault("parameters", [])
            parameters.append(WORKSPACE)
            if method == "post":
                parameters.append(IDEMPOTENCY)
    return result


def document() -> bytes:
    """Return the OpenAPI document; it changes with the code alone."""
    with _writing:
        return _written()


@cache
def _written() -> bytes:
    found = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # spectacular is half typed
    return bytes(OpenApiJsonRenderer().render(found, renderer_context={}))


@require_GET
def schema(request: HttpRequest) -> HttpResponse:
    """Hand out the document: it shows nothing of anybody."""
    answer = HttpResponse(document(), content_type="application/json")
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """Show the document to people."""
    return render(request, "studio/api_docs.html")
