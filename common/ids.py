"""Identifiers and secrets."""

import os
import secrets
import time
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID


def new() -> UUID:
    """Make a UUID of version 7 (RFC 9562): sorted by time of birth, so that pages of
    rows can be cut by key alone.

    Twelve bits more than the format asks for are time (its section 6.2, method 3): rows
    that one process makes one after the other are sorted within a millisecond, too.
    """
    milliseconds, rest_ns = divmod(time.time_ns(), 1_000_000)
    fraction = (rest_ns << 12) // 1_000_000
    random = bytearray(os.urandom(8))
    random[0] = 0x80 | (random[0] & 0x3F)
    born = milliseconds.to_bytes(6, "big") + (0x7000 | fraction).to_bytes(2, "big")
    return UUID(bytes=born + bytes(random))


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
