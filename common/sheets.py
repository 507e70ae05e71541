"""Tables for spreadsheets, which run what looks like a formula."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from common.streaming import streamed


def plain(text: str) -> str:
    """Keep a spreadsheet from running text as a formula; numbers stay numbers."""
    is_risky = text[:1] in ("=", "-", "@", "\t", "\r") or (
        text[:1] == "+" and not text[1:].replace(" ", "").isdigit()
    )
    return f"'{text}" if is_risky else text


def lines(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """Write a table piece by piece, a few hundred rows at a time."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow(head)
    for number, row in enumerate(rows, start=1):
        writer.writerow(row)
        if number % 500 == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def download(
    request: HttpRequest,
    name: str,
    head: Iterable[str],
    rows: Iterable[Iterable[object]],
) -> HttpResponseBase:
    """Send a table as it is made, to be kept as a file of that name."""
    response = streamed(
        request, lines(head, rows), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
