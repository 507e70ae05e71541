"""A customer's server that tools ask: it remembers each request, and can be broken."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.doubles.server import Double


@dataclass
class ToolServer(Double):
    """Answers JSON as it was told to."""

    answer: Any = field(default_factory=lambda: {"ok": True})
    status: int = 200
    fails_first: int = 0  # requests that get 503 before one is answered
    wait: float = 0.0
    asked: list = field(default_factory=list)

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/{path:.*}", self._answer)]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        self.asked.append(
            {
                "method": request.method,
                "path": request.path,
                "query": dict(request.query),
                "headers": dict(request.headers),
                "body": body,
            }
        )
        await asyncio.sleep(self.wait)
        if len(self.asked) <= self.fails_first:
            return web.json_response({"error": "busy"}, status=503)
        return web.json_response(self.answer, status=self.status)
