"""Asking a customer's server on behalf of a tool."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import orjson

from agents.tools import outcome, secrets
from agents.tools.bindings import Webhook
from agents.tools.secrets import NotForThisHost
from common import http
from voice.ports import ToolOutcome

LARGEST = 262_144  # bytes of a reply
AGAIN = 2.0  # seconds that have to be left for a second try
Secrets = Mapping[str, tuple[str, str]]


async def webhook(
    settings: Webhook,
    arguments: Mapping[str, Any],
    *,
    secrets_kept: Secrets,
    metadata: Mapping[str, Any],
    timeout_s: float,
    digits: Mapping[str, str] | None = None,
) -> ToolOutcome:
    """Send a ``call_webhook`` request; GET puts the fields in the query. ``digits`` are
    what was keyed in in secret: filled in where a field names them, and shown nowhere.
    """
    fields = {
        each.name: arguments[each.name]
        for each in settings.fields
        if arguments.get(each.name) is not None
    }
    missing = [
        each.name
        for each in settings.fields
        if each.required and each.name not in fields
    ]
    if missing:
        return ToolOutcome(
            f"Missing: {', '.join(missing)}. Ask for it first.", failed=True
        )
    url, content = settings.url, b""
    if settings.method == "GET":
        if _names_digits(fields):  # addresses are logged on their way
            return ToolOutcome(
                "Digits that were keyed in are sent in a body only.", failed=True
            )
        url = with_query(url, fields)
    else:
        body = {**fields, "metadata": metadata} if settings.send_metadata else fields
        content = orjson.dumps(body)
    filled = with_digits(content.decode(), digits or {})
    if filled is None:
        return ToolOutcome("Those digits were not keyed in. Ask again.", failed=True)
    return await send(
        settings.method,
        url,
        headers=settings.headers,
        content=filled.encode(),
        hidden=content if filled.encode() != content else b"",
        unsaid=tuple((digits or {}).values()),
        secrets_kept=secrets_kept,
        paths=settings.response_fields,
        timeout_s=timeout_s,
    )


async def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes,
    secrets_kept: Secrets,
    paths: list[str],
    timeout_s: float,
    shown: str = "",
    hidden: bytes = b"",
    unsaid: tuple[str, ...] = (),
) -> ToolOutcome:
    """Ask once, and once more where nothing can be done twice by that."""
    detail: dict[str, Any] = {
        "method": method,
        "url": shown or url,
        "request": (hidden or content).decode(errors="replace")[: outcome.SHOWN],
    }
    sent = {"Accept": "application/json", **headers}
    if content:
        sent.setdefault("Content-Type", "application/json")
    try:
        sent = secrets.fill(sent, url, secrets_kept)
    except (NotForThisHost, http.Forbidden) as error:
        return ToolOutcome(
            "The tool is not set up properly. Go on without it.",
            failed=True,
            detail={**detail, "error": str(error)},
        )
    left, tries = timeout_s, 0
    while True:
        tries += 1
        try:
            reply = await http.asend(
                method,
                url,
                headers=sent,
                content=content,
                timeout_s=left,
                max_bytes=LARGEST,
                https_only=True,
            )
        except http.Forbidden as error:
            return _failed(detail, str(error), tries)
        except http.Unreachable as error:
            elapsed, told, again = min(left, AGAIN), str(error), True
        else:
            elapsed = reply.elapsed_ms / 1000
            told, again = f"HTTP {reply.status}", reply.status >= 500
            if reply.status < 500:
                return _unsaid(_answered(reply, paths, detail, tries), unsaid)
        left -= elapsed
        # What writes may have been done: asking twice could do it twice.
        if method != "GET" or not again or tries > 1 or left < AGAIN / 2:
            return _failed(detail, told, tries)


def with_query(url: str, fields: Mapping[str, Any]) -> str:
    """Put fields behind an address."""
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(_plain(fields))]))
    return urlunsplit(parts._replace(query=query))


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in fields.items()
    }


def _answered(
    reply: http.Reply, paths: list[str], detail: dict[str, Any], tries: int
) -> ToolOutcome:
    told = {
        **detail,
        "status": reply.status,
        "reply": reply.body.decode(errors="replace")[: outcome.SHOWN],
        "elapsed_ms": reply.elapsed_ms,
        "tries": tries,
    }
    if not 200 <= reply.status < 300:
        said = outcome.read(reply.body, [])[:500]
        return ToolOutcome(
            outcome.fenced(f"The tool refused (HTTP {reply.status}): {said}"),
            failed=True,
            detail=told,
        )
    return ToolOutcome(outcome.fenced(outcome.read(reply.body, paths)), detail=told)


def _failed(detail: dict[str, Any], why: str, tries: int) -> ToolOutcome:
    return ToolOutcome(
        "The tool did not work. Say so, and go on without it.",
        failed=True,
        detail={**detail, "error": why, "tries": tries},
    )


DIGITS = re.compile(r"\{\{\s*digits\.([a-z0-9_]{1,40})\s*\}\}")


def with_digits(text: str, digits: Mapping[str, str]) -> str | None:
    """Fill in what was keyed in in secret; None: something was not."""
    if any(name not in digits for name in DIGITS.findall(text)):
        return None
    return DIGITS.sub(lambda found: digits[found.group(1)], text)


def _names_digits(fields: Mapping[str, Any]) -> bool:
    return any(
        isinstance(value, str) and DIGITS.search(value) for value in fields.values()
    )


def _unsaid(told: ToolOutcome, unsaid: tuple[str, ...]) -> ToolOutcome:
    """Take out of an answer what a server says back of what it was told in secret."""
    for digits in unsaid:
        if len(digits) < 4:
            continue
        told = replace(
            told,
            text=told.text.replace(digits, "•" * 4),
            detail={
                name: value.replace(digits, "•" * 4)
                if isinstance(value, str)
                else value
                for name, value in told.detail.items()
            },
        )
    return told
