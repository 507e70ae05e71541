"""A customer's server that gets webhooks: checks each as the official SDK would, and has
faults to order."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from aiohttp import web

from tests.doubles.server import Double

SECRET = "whsec_0123456789abcdef"


@dataclass
class Letter:
    path: str
    headers: dict
    body: bytes
    at: float
    status: int = 0  # what was answered

    @property
    def delivery(self) -> str:
        return self.headers["X-Rymi-Delivery"]


@dataclass
class WebhookReceiver(Double):
    """Answers ``statuses`` in turn, then ``status``; ``fault``: hang, drip, flood, loop
    or reset. ``say`` is the body of its answers."""

    status: int = 200
    statuses: list = field(default_factory=list)
    headers: dict = field(default_factory=dict)
    say: bytes = b'{"ok":true}'
    pause: float = 0.0  # s before it answers
    share_of_500: float = 0.0  # of the answers
    letters: list = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def routes(self):
        return [web.route("*", "/{tail:.*}", self.answer)]

    def deliveries(self) -> Counter:
        """Count the letters of each delivery."""
        return Counter(letter.delivery for letter in self.letters)

    def taken(self) -> Counter:
        """Count how often each delivery was answered with 200."""
        return Counter(each.delivery for each in self.letters if each.status == 200)

    async def answer(self, request):
        body = await request.read()
        letter = Letter(request.path_qs, dict(request.headers), body, time.time())
        self.letters.append(letter)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._answer(request, letter)
        finally:
            self.at_once -= 1

    async def _answer(self, request, letter):
        if self.pause:
            await asyncio.sleep(self.pause)
        if self.fault == "hang":
            await asyncio.sleep(3600)
        if self.fault == "reset":
            self.cut(request)
        if self.fault == "loop":
            raise web.HTTPMovedPermanently(request.path)
        if self.fault in ("drip", "flood"):
            return await self._pour(request)
        status = self.statuses.pop(0) if self.statuses else self.status
        if random.random() < self.share_of_500:
            status = 500
        letter.status = status
        return web.Response(status=status, headers=self.headers, body=self.say)

    async def _pour(self, request):
        reply = web.StreamResponse()
        await reply.prepare(request)
        while True:
            if self.fault == "drip":
                await reply.write(b"x")
                await asyncio.sleep(1)
            else:
                await reply.write(b"x" * 65_536)
