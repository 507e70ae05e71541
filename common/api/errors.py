"""Every failure of the API in one shape: ``{"error": sentence, "code": word}``."""

import logging
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from common import database_busy
from common.database_busy import DatabaseBusy
from common.errors import Refusal

logger = logging.getLogger(__name__)


class TooBig(exceptions.APIException):
    """The body is larger than the endpoint takes."""

    status_code = 413
    default_detail = "The body is too big. Send less at once."
    default_code = "payload_too_large"


class Conflict(exceptions.APIException):
    """The thing is in a state, or in use, that does not allow this."""

    status_code = 409
    default_detail = "This is still in use and cannot be deleted."
    default_code = "conflict"


# What customers see instead of the framework's own words for these.
CODES = {
    "not_authenticated": "unauthorized",
    "authentication_failed": "unauthorized",
    "permission_denied": "forbidden",
    "throttled": "rate_limited",
    "parse_error": "invalid_json",
}


def handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Answer with the one shape; ``None`` lets an unknown failure be a 500."""
    if isinstance(exception, database_busy.CAUSES):
        logger.error("database_busy", exc_info=exception)
        exception = DatabaseBusy()
    if isinstance(exception, Refusal):
        set_rollback()
        body = {"error": exception.message, "code": exception.code, **exception.extra}
        return Response(body, status=exception.status, headers=_headers(exception))
    exception = _translated(exception)
    if not isinstance(exception, exceptions.APIException):
        return None
    set_rollback()
    return Response(
        _body(exception), status=exception.status_code, headers=_headers(exception)
    )


def _translated(exception: Exception) -> Exception:
    match exception:
        case Http404():
            return exceptions.NotFound("There is no such thing here.")
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case RequestDataTooBig():
            return TooBig()
        case ProtectedError():
            return Conflict()
        case SuspiciousOperation():
            return exceptions.ParseError("The request could not be read.")
        case _:
            return exception


def _body(exception: exceptions.APIException) -> dict[str, Any]:
    if isinstance(exception, exceptions.ValidationError):
        details = exception.detail
        return {
            "error": f"Not valid: {_first(details)}",
            "code": "invalid_request",
            "details": details,
        }
    code = str(exception.get_codes())
    return {"error": str(exception.detail), "code": CODES.get(code, code)}


def _first(details: Any, path: str = "") -> str:
    """Return the first complaint in a tree of them, with the field it is about."""
    while isinstance(details, (dict, list)) and details:
        if isinstance(details, dict):
            name, details = next(iter(details.items()))
            if name != "non_field_errors":
                path = f"{path}.{name}" if path else str(name)
        else:
            details = next((each for each in details if each), "")
    return f"{path}: {details}" if path else str(details)


def _headers(exception: exceptions.APIException | Refusal) -> dict[str, str]:
    headers: dict[str, str] = {}
    if challenge := getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(exception, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, int(wait)))
    return headers


@csrf_exempt  # a program that mistook the address is told so
def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Answer for a path of the API that does not exist."""
    sentence = f"There is no {request.method} {request.path[:200]} in this API."
    return JsonResponse({"error": sentence, "code": "not_found"}, status=404)


def server_error(request: HttpRequest) -> JsonResponse:
    """Answer for a failure of ours; the log has its cause."""
    sentence = "Something failed on our side. It has been logged; try again."
    return JsonResponse({"error": sentence, "code": "internal_error"}, status=500)
