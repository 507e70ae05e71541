"""Schemas as the API's description has them, for answers that no serializer writes."""

from collections.abc import Iterable
from typing import Any

Schema = dict[str, Any]
ID: Schema = {"type": "string", "format": "uuid"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
TEXT: Schema = {"type": "string"}


def always(properties: Schema) -> Schema:
    """Return an object that has all of these, always."""
    return {"type": "object", "required": list(properties), "properties": properties}


def maybe(schema: Schema, description: str = "") -> Schema:
    """Return what may also be null; ``description`` says when."""
    told = {"description": description} if description else {}
    return {**schema, "nullable": True, **told}


def one_of(words: Iterable[str | None]) -> Schema:
    """Return a text that is one of these words; None among them: it may be null."""
    known = list(words)
    found = {"type": "string", "enum": known}
    return maybe(found) if None in known else found


def listing(key: str, row: Schema, **beside: Schema) -> Schema:
    """Return a page of rows."""
    number = {"type": "integer"}
    return always(
        {
            key: {"type": "array", "items": row},
            "total": number,
            "limit": number,
            "offset": number,
            "next_cursor": maybe(TEXT, "Leads to the next page; null: there is none."),
            **beside,
        }
    )
