"""Identifiers and secrets."""

import os
import secrets
import time
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID


def new() -> UUID:
    """Make a UUID of version 7 (RFC 9562): sorted by time of birth, so that pages of
    rows can be cut by key alone."""
    random = bytearray(os.urandom(10))
    random[0] = 0x70 | (random[0] & 0x0F)
    random[2] = 0x80 | (random[2] & 0x3F)
    milliseconds = time.time_ns() // 1_000_000
    return UUID(bytes=milliseconds.to_bytes(6, "big") + bytes(random))


def floor(moment: datetime) -> UUID:
    """Return the smallest id that could be born at ``moment``, so that a time range is
    a range of keys."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(bytes=milliseconds.to_bytes(6, "big") + bytes(10))


def read(text: str) -> UUID | None:
    """Read an id that somebody gives; None: it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def read_all(texts: Iterable[str]) -> list[UUID]:
    """Read those that are ids, in their order."""
    return [found for text in texts if (found := read(text))]


def token(prefix: str = "") -> str:
    """Make a secret of 256 random bits, URL-safe, behind ``prefix``."""
    return prefix + secrets.token_urlsafe(32)
