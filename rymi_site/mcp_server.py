"""Our MCP server: ``/mcp``, streamable HTTP, the API's keys and scopes.

Each request stands for itself (no sessions), so any process can answer it. A tool is
a request of the public API made within the process: it passes the same gate, limits and
checks as one from outside.
"""

import asyncio
import hashlib
import importlib
import json
import logging
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core import signing
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections
from django.urls import resolve

from accounts import keys
from accounts.models import ApiKey
from common.api import limits
from common.client_address import client_address
from rymi_site.mcp_tool import CONFIRMATION, Tool
from rymi_site.mcp_tools import TOOLS

log = logging.getLogger(__name__)

LIBRARY = "mcp.server.streamable_http_manager"
PATHS = ("/mcp", "/mcp/")
METADATA_PATH = "/.well-known/oauth-protected-resource/mcp"
A_MINUTE = 600  # requests of one key; tools count as requests of the API besides
AGREED_S = 600  # how long a confirmation is good for
SALT = "mcp.confirmation"
INSTRUCTIONS = (
    "Rymi: voice agents that answer and make phone calls. Read before you change. Tools"
    " that spend money, publish or destroy answer first with what they would do and a"
    " confirmation; ask the person, then call again with it."
)


class McpServer:
    """An ASGI app in front of Django: takes ``/mcp``, hands on everything else."""

    def __init__(self, behind: Any) -> None:
        self._behind = behind

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == METADATA_PATH:
            await _answer(send, 200, _metadata())
        elif scope["path"] in PATHS:
            await _serve(scope, receive, send)
        else:
            await self._behind(scope, receive, send)


async def _serve(scope: Any, receive: Any, send: Any) -> None:
    headers = {
        k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]
    }
    if scope["method"] != "POST":
        # Nothing is ever told unasked, and there are no sessions to end.
        await _refuse(
            send, 405, "method_not_allowed", "Send a POST.", {"Allow": "POST"}
        )
        return
    origin = headers.get("origin")
    if origin and _host(origin) not in settings.ALLOWED_HOSTS:
        await _refuse(send, 403, "origin_not_allowed", "Pages may not ask here.")
        return
    caller = await sync_to_async(_caller)(scope, headers)
    if isinstance(caller, str):
        challenge = (
            f'Bearer resource_metadata="{settings.PUBLIC_BASE_URL}{METADATA_PATH}"'
        )
        await _refuse(
            send, 401, "unauthorized", caller, {"WWW-Authenticate": challenge}
        )
        return
    if await sync_to_async(limits.count)(f"mcp:{caller.key.pk}") > A_MINUTE:
        wait = str(max(1, int(limits.seconds_left())))
        told = "Too many requests. Wait a moment."
        await _refuse(send, 429, "rate_limited", told, {"Retry-After": wait})
        return
    # Loaded with the first request, beside the event loop: most servers are never asked.
    await asyncio.to_thread(importlib.import_module, LIBRARY)
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    manager = StreamableHTTPSessionManager(
        _server(caller),
        json_response=True,
        stateless=True,
        max_request_body_size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    )
    async with manager.run():
        await manager.handle_request({**scope, "path": "/mcp"}, receive, send)


class Caller:
    """Who asks: a live secret key, and what came with it."""

    def __init__(self, key: ApiKey, raw: str, address: str, workspace: str) -> None:
        self.key, self.address, self.workspace = key, address, workspace
        self._raw = raw

    def ask(self, tool: Tool, arguments: Mapping[str, Any]) -> tuple[int, Any]:
        """Make the tool's request; return status and body."""
        given = dict(arguments)
        inside = {name: quote(str(given.pop(name)), safe="") for name in tool.in_path}
        path = "/v1" + tool.path.format(**inside)
        in_query = tool.method in ("GET", "DELETE")
        body = b"" if in_query else json.dumps(given).encode()
        query = urlencode(given) if in_query else ""
        return self._request(tool.method, path, query, body)

    def _request(
        self, method: str, path: str, query: str, body: bytes
    ) -> tuple[int, Any]:
        public = urlsplit(settings.PUBLIC_BASE_URL)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote(path),  # as a server would have done
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "application/json",
            "SERVER_NAME": public.hostname or "127.0.0.1",
            "SERVER_PORT": str(public.port or 443),
            "REMOTE_ADDR": self.address,
            "HTTP_AUTHORIZATION": f"Bearer {self._raw}",
            "wsgi.input": BytesIO(body),
            "wsgi.url_scheme": public.scheme,
            **({"HTTP_RYMI_WORKSPACE": self.workspace} if self.workspace else {}),
        }
        close_old_connections()
        try:
            request = WSGIRequest(environ)
            match = resolve(request.path_info)
            response = match.func(request, *match.args, **match.kwargs)
            if hasattr(response, "render"):
                response.render()
            return response.status_code, json.loads(response.content or b"null")
        finally:
            close_old_connections()


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).hostname
    except ValueError:  # brackets without an address in them
        return None


def _caller(scope: Any, headers: Mapping[str, str]) -> Caller | str:
    """Return who asks, or a sentence that says why nobody is let in."""
    close_old_connections()
    kind, _, raw = headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not raw.strip():
        return "Send an API key: “Authorization: Bearer <key>”."
    address = client_address(
        (scope.get("client") or ("127.0.0.1", 0))[0],
        headers.get("x-forwarded-for", ""),
        settings.TRUSTED_PROXIES,
    )
    key = keys.authenticate(raw.strip(), address=address)
    if key is None:
        return "This key is unknown, revoked or expired."
    if key.is_publishable:
        return "A publishable key can only start a browser call. Use a secret key."
    return Caller(key, raw.strip(), address, headers.get("rymi-workspace", ""))


# ---------------------------------------------------------------- tools


def _server(caller: Caller) -> Any:
    import mcp_types as types
    from mcp.server.lowlevel import Server

    async def list_tools(ctx: Any, params: Any) -> Any:
        may = [tool for tool in TOOLS.values() if caller.key.allows(tool.scope)]
        return types.ListToolsResult(tools=[_described(tool) for tool in may])

    async def call_tool(ctx: Any, params: Any) -> Any:
        tool = TOOLS.get(params.name)
        if tool is None:
            status, body = 404, _error("not_found", f"There is no tool {params.name}.")
        else:
            arguments = dict(params.arguments or {})
            status, body = await sync_to_async(_done)(caller, tool, arguments)
        return types.CallToolResult(
            content=[types.TextContent(text=json.dumps(body, ensure_ascii=False))],
            structured_content=body if isinstance(body, dict) else {"result": body},
            is_error=status >= 400,
        )

    return Server(
        "rymi",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _described(tool: Tool) -> Any:
    import mcp_types as types

    return types.Tool(
        name=tool.name,
        description=tool.description,
        input_schema=tool.schema(),
        annotations=types.ToolAnnotations(
            read_only_hint=tool.risk == "read",
            destructive_hint=tool.risk == "sensitive",
        ),
    )


def _done(caller: Caller, tool: Tool, arguments: dict[str, Any]) -> tuple[int, Any]:
    """Do what a tool is asked to, once it has been agreed to where that is needed."""
    schema = tool.schema()
    unknown = sorted(set(arguments) - set(schema["properties"]))
    missing = [name for name in schema["required"] if name not in arguments]
    if unknown or missing:
        told = f"Unknown: {', '.join(unknown)}. " if unknown else ""
        told += f"Missing: {', '.join(missing)}." if missing else ""
        return 400, _error("invalid_request", told.strip())
    given = arguments.pop(CONFIRMATION, None)
    if tool.risk == "sensitive":
        wanted = _what(caller, tool, arguments)
        if given is None:
            return 200, _proposal(tool, arguments, wanted)
        if not _agreed(given, wanted):
            return 409, _error(
                "confirmation_invalid",
                "The confirmation is for something else, or older than 10 minutes."
                " Call without it to get another.",
            )
    status, body = caller.ask(tool, arguments)
    if status >= 400 and isinstance(body, dict):
        return status, {**body, "status": status}
    return status, body


def _what(caller: Caller, tool: Tool, arguments: dict[str, Any]) -> str:
    told = json.dumps([str(caller.key.pk), tool.name, arguments], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _proposal(tool: Tool, arguments: dict[str, Any], wanted: str) -> dict[str, Any]:
    return {
        "confirmation_required": True,
        "action": tool.name,
        "will": tool.description,
        "arguments": arguments,
        CONFIRMATION: signing.dumps(wanted, salt=SALT),
        "message": "Ask the person. If they agree, call again with the same arguments"
        " and this confirmation.",
    }


def _agreed(given: Any, wanted: str) -> bool:
    try:
        return bool(signing.loads(str(given), salt=SALT, max_age=AGREED_S) == wanted)
    except signing.BadSignature:
        return False


# ---------------------------------------------------------------- answers


def _error(code: str, sentence: str) -> dict[str, str]:
    return {"error": sentence, "code": code}


def _metadata() -> dict[str, Any]:
    return {
        "resource": f"{settings.PUBLIC_BASE_URL}/mcp",
        "resource_name": "Rymi",
        "bearer_methods_supported": ["header"],
        "scopes_supported": list(keys.SCOPES),
        "resource_documentation": f"{settings.PUBLIC_BASE_URL}/v1/docs",
    }


async def _refuse(
    send: Any,
    status: int,
    code: str,
    sentence: str,
    headers: Mapping[str, str] | None = None,
) -> None:
    await _answer(send, status, _error(code, sentence), headers)


async def _answer(
    send: Any, status: int, body: Any, headers: Mapping[str, str] | None = None
) -> None:
    named = {"Content-Type": "application/json", **(headers or {})}
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in named.items()],
        }
    )
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
