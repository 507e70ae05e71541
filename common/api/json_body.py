"""Reading JSON bodies that may be hostile."""

import json
import re
from typing import Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

from common.api.errors import TooBig

DEEPEST = 64  # lists and objects within each other
MOST_NAMES = 1_000  # in one object
MOST_VALUES = 50_000  # in a body: the smallest take 20 times their text in memory
LONGEST_KEY = 200  # characters of a name
QUOTE = ord('"')
# A text without an end is taken whole, or each quote in it would be tried anew.
_TEXT_OR_VALUE = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[,\[{]', re.DOTALL)


class JsonBody(BaseParser):
    """Reads JSON strictly: UTF-8 alone, no NaN, no NUL, no twins among names, no depth."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, context: Any = None) -> Any:
        request = (context or {}).get("request")
        encoding = request.headers.get("Content-Encoding") if request else None
        if encoding and encoding.lower() != "identity":
            raise UnsupportedMediaType(
                encoding, f"Send the body without Content-Encoding {encoding[:40]}."
            )
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most + 1)
        if len(body) > most:
            raise TooBig()
        return loads(body) if body.strip() else {}


def loads(body: bytes) -> Any:
    """Return what the text says; raise ``ParseError`` with a sentence that helps."""
    _check_size(body)
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ParseError(f"The body is not valid JSON: {error}") from error
    _check_depth(found)
    if b"\\u0000" in body:
        _refuse_nul(found)
    if body.count(b":") > 1:
        # After the check of depth: this reader recurses.
        json.loads(body, object_pairs_hook=_refuse_twins)
    return found


def _check_size(body: bytes) -> None:
    """Refuse more values than a body may have, before any is made."""
    if sum(map(body.count, (b",", b"[", b"{"))) <= MOST_VALUES:
        return  # those within texts included
    count = 0
    for part in _TEXT_OR_VALUE.finditer(body):
        count += body[part.start()] != QUOTE
        if count > MOST_VALUES:
            raise ParseError(f"The body has more than {MOST_VALUES:,} values.")


def _check_depth(found: Any) -> None:
    level = [found]
    for _ in range(DEEPEST):
        level = [inner for each in level for inner in _children(each)]
        if not level:
            return
    raise ParseError(f"The body is nested deeper than {DEEPEST} levels.")


def _children(value: Any) -> list[Any]:
    if type(value) is list:
        inner = value
    elif type(value) is dict:
        inner = list(value.values())
    else:
        return []
    return [each for each in inner if type(each) in (list, dict)]


def _refuse_nul(found: Any) -> None:
    level = [found]
    while level:
        value = level.pop()
        if isinstance(value, str) and "\x00" in value:
            raise ParseError("A text holds the character NUL, which cannot be kept.")
        if isinstance(value, dict):
            level += [*value, *value.values()]
        elif isinstance(value, list):
            level += value


def _refuse_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MOST_NAMES:
        raise ParseError(f"An object has more than {MOST_NAMES:,} fields.")
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise ParseError(f"The field “{twin[:LONGEST_KEY]}” is there twice.")
    return found
