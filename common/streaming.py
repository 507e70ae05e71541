"""Answers too long to be held in memory."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse


def streamed(
    request: HttpRequest, pieces: Iterator[bytes], **options: Any
) -> StreamingHttpResponse:
    """Send ``pieces`` as they come. They are made in the thread of the database."""
    # Under ASGI a plain iterator would be read to its end before the first byte.
    is_asgi = isinstance(request, ASGIRequest)
    return StreamingHttpResponse(_aside(pieces) if is_asgi else pieces, **options)


async def _aside(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(lambda: next(pieces, None))
    while (piece := await following()) is not None:
        yield piece
