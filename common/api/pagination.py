"""Pages of lists: ``limit`` and ``offset`` as the SDKs send them, ``cursor`` beside.

Newest first, by id: ids are UUIDs of version 7, so a cursor is the last id of a page
and costs the same on page one and page ten thousand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import totals

DEFAULT = 50
MOST = 200
MOST_WIDE = 500  # of lists that scripts read whole: agents, numbers, webhooks, dnc
DEEPEST = 10_000  # rows that ``offset`` may skip; further down, ``cursor``
SHALLOW = 200  # up to here, rows are skipped; further down, only their ids


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page is wanted."""

    limit: int
    offset: int
    cursor: UUID | None


def page(
    request: Request,
    rows: QuerySet[Any],
    *,
    key: str,
    output: Callable[[Sequence[Any]], list[Any]],
    most: int = MOST,
    grows_only: bool = False,
    **beside: Any,
) -> Response:
    """Answer with one page under ``key`` and what leads to the next one."""
    asked = wanted(request, most=most)
    found, following = cut(rows.order_by("-pk"), asked)
    return Response(
        {
            key: output(found),
            "total": totals.of(rows, grows_only=grows_only),
            "limit": asked.limit,
            "offset": asked.offset,
            "next_cursor": following,
            **beside,
        }
    )


def wanted(request: Request, *, most: int = MOST) -> Asked:
    """Read the query; raise ``ValidationError`` naming what is wrong with it."""
    limit = _number(request, "limit", DEFAULT, 1, most)
    offset = _number(request, "offset", 0, 0, DEEPEST)
    cursor = request.query_params.get("cursor")
    try:
        return Asked(limit, offset, UUID(cursor) if cursor else None)
    except ValueError:
        raise serializers.ValidationError(
            {"cursor": "Send next_cursor of the page before, as it was."}
        ) from None


def _number(request: Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise serializers.ValidationError({name: "Send a whole number."})
    if not least <= (value := int(text)) <= most:
        further = " Use cursor to go further." if name == "offset" else ""
        raise serializers.ValidationError({name: f"{least} to {most:,}.{further}"})
    return value


def cut(rows: QuerySet[Any], asked: Asked) -> tuple[list[Any], str | None]:
    """Return the page's rows and the cursor of the next page, if there is one. Rows
    are models, or what ``values`` reads, "id" among it."""
    offset = asked.offset
    if asked.cursor:
        rows, offset = rows.filter(pk__lt=asked.cursor), 0
    window = slice(offset, offset + asked.limit + 1)
    if offset > SHALLOW:
        # Skipping rows reads them; skipping ids reads the index alone.
        ids = list(rows.values_list("pk", flat=True)[window])
        found = list(rows.filter(pk__in=ids))
    else:
        found = list(rows[window])
    if len(found) <= asked.limit:
        return found, None
    del found[asked.limit :]
    last = found[-1]
    return found, str(last["id"] if isinstance(last, dict) else last.pk)


def parameters(most: int = MOST) -> list[OpenApiParameter]:
    """Return the query of a list, for its schema."""
    return [
        OpenApiParameter(
            "limit", {"type": "integer", "minimum": 1, "maximum": most, "default": 50}
        ),
        OpenApiParameter(
            "offset",
            {"type": "integer", "minimum": 0, "maximum": DEEPEST, "default": 0},
        ),
        OpenApiParameter(
            "cursor",
            {"type": "string", "format": "uuid"},
            description="next_cursor of the page before; wins over offset.",
        ),
    ]


def shape(key: str, row: type[serializers.BaseSerializer[Any]], **beside: Any) -> Any:
    """Return the serializer of a page, for its schema."""
    return inline_serializer(
        f"{row.__name__.removesuffix('Output')}Page_{key}",
        {
            key: row(many=True),
            "total": serializers.IntegerField(),
            "limit": serializers.IntegerField(),
            "offset": serializers.IntegerField(),
            "next_cursor": serializers.CharField(allow_null=True),
            **beside,
        },
    )
