"""MCP servers of customers': asked over ``common.http``, allow-listed, bounded."""

import asyncio
import hashlib
import importlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import orjson
from django.core.cache import cache

from agents.tools import outcome, secrets
from agents.tools.asking import LARGEST, Secrets
from agents.tools.bindings import McpServer
from common import http
from providers.ports import ToolSpec
from voice.ports import ToolOutcome

if TYPE_CHECKING:
    from mcp import ClientSession

# Loading it takes as long as all the rest of a process: with the first server, and
# beside the event loop, which may carry calls.
LIBRARY = "mcp.client.streamable_http"
LISTED_FOR = 600  # seconds that a server's list of tools is kept
_OURS = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding"}


class _Guarded(httpx2.AsyncBaseTransport):
    """Sends what the MCP library wants through the one client that is safe."""

    def __init__(self, settings: McpServer, kept: Secrets, timeout_s: float) -> None:
        self._settings, self._kept, self._timeout_s = settings, kept, timeout_s

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":  # we listen to nothing between calls
            return httpx2.Response(405, request=request)
        url = str(request.url)
        own = {n: v for n, v in request.headers.items() if n.lower() not in _OURS}
        try:
            headers = {**own, **secrets.fill(self._settings.headers, url, self._kept)}
            reply = await http.asend(
                request.method,
                url,
                headers=headers,
                content=await request.aread(),
                timeout_s=self._timeout_s,
                max_bytes=LARGEST,
                https_only=True,
            )
        except (http.OutboundError, secrets.NotForThisHost) as error:
            raise httpx2.ConnectError(str(error), request=request) from error
        return httpx2.Response(
            reply.status,
            headers={n: v for n, v in reply.headers.items() if n not in _OURS},
            content=reply.body,
            request=request,
        )


@asynccontextmanager
async def _session(
    settings: McpServer, kept: Secrets, timeout_s: float
) -> "AsyncIterator[ClientSession]":
    await asyncio.to_thread(importlib.import_module, LIBRARY)
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    transport = _Guarded(settings, kept, timeout_s)
    async with (
        httpx2.AsyncClient(transport=transport) as client,
        streamable_http_client(settings.url, http_client=client) as streams,
        ClientSession(
            streams[0], streams[1], read_timeout_seconds=timeout_s
        ) as session,
    ):
        await session.initialize()
        yield session


async def listed(
    settings: McpServer, kept: Secrets, timeout_s: float
) -> list[ToolSpec]:
    """Return the allowed tools of a server; raises what the library raises."""
    told = hashlib.sha256(
        orjson.dumps([settings.url, sorted(settings.headers.items())])
    )
    key = f"mcp-tools:{told.hexdigest()}"
    raw = await cache.aget(key)
    if raw is None:
        async with _session(settings, kept, timeout_s) as session:
            found = await session.list_tools()
        raw = [
            [tool.name, tool.description or "", tool.input_schema]
            for tool in found.tools
        ]
        await cache.aset(key, raw, LISTED_FOR)
    return [
        ToolSpec(name, description[:1_000], schema)
        for name, description, schema in raw
        if name in settings.allowlist
    ]


async def call(
    settings: McpServer,
    tool: str,
    arguments: Mapping[str, Any],
    *,
    kept: Secrets,
    timeout_s: float,
) -> ToolOutcome:
    """Run one tool of a server. Whatever fails becomes words."""
    detail: dict[str, Any] = {"url": settings.url, "request": dict(arguments)}
    try:
        async with _session(settings, kept, timeout_s) as session:
            result = await session.call_tool(tool, dict(arguments))
    except Exception as error:  # task groups wrap whatever happened
        return ToolOutcome(
            "The tool did not work. Say so, and go on without it.",
            failed=True,
            detail={**detail, "error": _why(error)},
        )
    text = "\n".join(part.text for part in result.content if part.type == "text")
    return ToolOutcome(
        outcome.fenced(text[: outcome.LONGEST] or "Done."),
        failed=bool(result.is_error),
        detail={**detail, "reply": text[: outcome.SHOWN]},
    )


def _why(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"[:200]
