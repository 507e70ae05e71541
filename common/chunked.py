"""How long bodies are: those that come in chunks, and those that are too long."""

import os
from collections.abc import Callable

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, JsonResponse

# Bytes: a file of 10 MB or several smaller ones, in their form. What is longer is cut off
# here by the web server (``rymi_site.web``), which holds a body in memory for a moment.
BODY_MOST = 14_000_000
TOO_BIG = f"Send at most {BODY_MOST // 1_000_000} MB at a time."


class ChunkedBodyMiddleware:
    """Writes down how long a body in chunks was, once it is here; refuses what was cut.

    Django and its REST framework take a request without ``Content-Length`` for one
    without a body; over ASGI the whole body has been received by then.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request, ASGIRequest) and not request.META.get("CONTENT_LENGTH"):
            request.META["CONTENT_LENGTH"] = str(_length(request))
        length = request.META.get("CONTENT_LENGTH") or ""
        if len(length) > 7 and length.isdecimal() and int(length) >= BODY_MOST:
            return JsonResponse(
                {"error": TOO_BIG, "code": "payload_too_large"}, status=413
            )
        return self.get_response(request)


def _length(request: ASGIRequest) -> int:
    stream = request._stream  # the received body
    length: int = stream.seek(0, os.SEEK_END) or stream.tell()
    stream.seek(0)
    return length
