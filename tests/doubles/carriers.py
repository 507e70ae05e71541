"""What all doubles of carriers share: an account with numbers and calls, and the
requests that the carrier makes of us.

A test drives both sides: what we ask is answered over a real socket, and what the
carrier asks (``Asked``) is put to our views, signed as the carrier signs.
"""

import itertools
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web

from tests.doubles.server import Double

NUMBER = "+15550100200"
CALLER = "+447700900123"


@dataclass
class Asked:
    """One HTTP request of the carrier."""

    url: str  # as the carrier knows it
    body: bytes = b""
    content_type: str = "application/x-www-form-urlencoded"
    headers: dict = field(default_factory=dict)
    method: str = "POST"

    def of(self, client):
        """Put it to our views and return the answer."""
        there = urlsplit(self.url)
        path = there.path + (f"?{there.query}" if there.query else "")
        return client.generic(
            self.method,
            path,
            self.body,
            content_type=self.content_type,
            headers=self.headers,
        )


@dataclass
class Line:
    """A call at the carrier."""

    id: str
    to: str
    from_number: str
    status: str
    fields: dict = field(default_factory=dict)
    actions: list = field(default_factory=list)  # what was done to it


@dataclass
class CarrierDouble(Double):
    """An account at a carrier."""

    numbers: dict = field(default_factory=dict)  # E.164 → the carrier's record
    lines: dict = field(default_factory=dict)  # id → Line
    may_bind: bool = True  # False: the key may not change numbers
    mute: bool = False  # takes calls, and answers after the client has given up
    count: itertools.count = field(default_factory=lambda: itertools.count(1))

    name = ""
    credentials: dict = field(default_factory=dict)

    async def guard(self, request):
        if self.fault == "cut":
            self.cut(request)
        if self.fault == "garbage":
            return web.Response(text="{not json", content_type="application/json")
        return await super().guard(request)

    def dialled(self):
        """Return what was asked to be called, in order."""
        return [line.to for line in self.lines.values()]
