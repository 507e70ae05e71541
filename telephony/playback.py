"""Playing a recording to a browser: in pieces, so that a player can jump."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from common.streaming import streamed
from telephony import recordings
from telephony.models import Recording

PIECE = 1 << 20  # bytes; players ask again for what follows
TYPES = {"wav": "audio/wav", "ogg": "audio/ogg", "mp3": "audio/mpeg"}
# RFC 9110, 14.1.2; more than one range at a time is not spoken, and may be ignored.
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def send(request: HttpRequest, recording: Recording) -> HttpResponseBase:
    """Answer with the file, or with the range that is asked for."""
    path = _path(recording)
    if path is None:
        raise Http404
    size = path.stat().st_size
    wanted = RANGE.fullmatch(request.headers.get("Range", ""))
    if wanted and any(wanted.groups()):
        response = _part(path, size, *wanted.groups())
    else:
        response = streamed(request, _pieces(path))
        response["Content-Length"] = str(size)
    response["Content-Type"] = TYPES.get(recording.format, "application/octet-stream")
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-cache"
    return response


def _path(recording: Recording) -> Path | None:
    path = recordings.full_path(recording.path)
    return path if path.is_file() else None


def _part(path: Path, size: int, first: str, last: str) -> HttpResponseBase:
    if first:
        start, end = int(first), min(int(last or size), size - 1)
    else:  # the last so many bytes
        start, end = max(size - int(last), 0), size - 1
    if start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    with path.open("rb") as file:
        file.seek(start)
        piece = file.read(min(end - start + 1, PIECE))
    response = HttpResponse(piece, status=206)
    response["Content-Range"] = f"bytes {start}-{start + len(piece) - 1}/{size}"
    return response


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
