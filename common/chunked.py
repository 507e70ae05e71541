"""Bodies that come in chunks, without saying beforehand how long they are."""

import os
from collections.abc import Callable

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse


class ChunkedBodyMiddleware:
    """Writes down how long such a body was, once it is here.

    Django and its REST framework take a request without ``Content-Length`` for one
    without a body; over ASGI the whole body has been received by then.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request, ASGIRequest) and not request.META.get("CONTENT_LENGTH"):
            request.META["CONTENT_LENGTH"] = str(_length(request))
        return self.get_response(request)


def _length(request: ASGIRequest) -> int:
    stream = request._stream  # the received body
    length: int = stream.seek(0, os.SEEK_END) or stream.tell()
    stream.seek(0)
    return length
