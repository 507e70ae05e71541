"""A small web site: pages, redirects, and what goes wrong with both."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from tests.doubles.server import Double

PAGE = """<html><head><title>{0}</title></head><body><article><h1>{0}</h1>
<p>There is a car park behind the surgery with twelve free spaces for patients. {1}</p>
</article></body></html>"""
HERE = "/parking"


@dataclass
class Pages(Double):
    """What a customer's site may answer."""

    visits: int = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/{name}", self._page)]

    async def _page(self, request: web.Request) -> web.StreamResponse:
        self.visits += 1
        name = request.match_info["name"]
        match name:
            case "parking":
                return _html(PAGE.format("Parking", ""))
            case "counter":
                return _html(PAGE.format("News", f"Visit {self.visits}."))
            case "moved":
                return web.Response(status=302, headers={"Location": HERE})
            case "loop":
                return web.Response(status=302, headers={"Location": "/loop"})
            case "nowhere":
                return web.Response(status=302, headers={"Location": "http://[x]/"})
            case "inside":
                inside = "http://169.254.169.254/latest/"
                return web.Response(status=302, headers={"Location": inside})
            case "locked":
                return web.Response(status=403)
            case "broken":
                return web.Response(status=503)
            case "picture":
                return web.Response(body=b"\x89PNG", content_type="image/png")
            case "endless":
                return await _endless(request)
            case _:
                return web.Response(status=404)


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html")


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    try:
        for _ in range(400):
            await response.write(b"again and again " * 4096)
    except (ConnectionError, asyncio.CancelledError):
        pass
    return response
