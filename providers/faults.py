"""Turning what networks and vendors do wrong into ``ProviderError``.

A vendor's own words go into the message, short, but not about keys: some vendors print
the key, or a part of it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from common import retry_after
from providers import limits
from providers.account import Account
from providers.errors import ProviderError, Refused, TimedOut, Unavailable

_PERMANENT = frozenset({400, 401, 402, 403, 404, 405, 406, 410, 413, 414, 415, 422})
_LONGEST = 200  # signs of a vendor's own message


def of_reply(
    account: Account, status: int, body: bytes, headers: Mapping[str, str]
) -> ProviderError:
    """Explain an HTTP reply that is not 2xx, with what a busy vendor asks for."""
    error = of_status(account.provider, status, body, account.credentials.values())
    asked = headers.get("Retry-After", "")
    if asked and status in (429, 503) and not error.permanent:
        seconds = retry_after.seconds(asked, datetime.now(UTC))
        if seconds is not None:
            error.retry_after = min(seconds, limits.RETRY_AFTER)
    return error


def of_status(
    provider: str, status: int, body: bytes = b"", hide: Iterable[str] = ()
) -> ProviderError:
    """Explain an HTTP status that is not 2xx; ``hide`` are secrets a vendor may echo."""
    kind, words = _reason(body)
    for secret in hide:
        words = words.replace(secret, "[hidden]") if secret else words
    # Google answers 400 to a key it does not know.
    if status in (401, 403) or (status == 400 and b"API_KEY_INVALID" in body):
        message = f"{provider} did not accept the key ({status})."
    elif status == 402 or kind in ("insufficient_quota", "quota_exceeded"):
        message = f"The account with {provider} has no credit left ({status})."
        return Refused(message, provider=provider, status=status)
    elif status == 429:
        message = f"{provider} says there were too many requests (429)."
    else:
        message = f"{provider} answered {status}" + (f": {words}" if words else ".")
    refused = status in _PERMANENT or 300 <= status < 400
    return (Refused if refused else Unavailable)(
        message, provider=provider, status=status
    )


def lost(provider: str, detail: str = "") -> Unavailable:
    """Explain a connection that could not be made or was cut."""
    said = f" ({detail[:_LONGEST]})" if detail else ""
    return Unavailable(
        f"The connection to {provider} was lost{said}.", provider=provider
    )


def unreachable(provider: str) -> Unavailable:
    """Explain a vendor that cannot be reached; the why is for logs only, since open and
    closed ports must look the same to a customer."""
    return Unavailable(f"{provider} cannot be reached.", provider=provider)


def not_public(provider: str) -> Refused:
    """Explain an address that a customer may not use."""
    return Refused(
        f"The address of {provider} is not on the public internet.", provider=provider
    )


def no_address(provider: str) -> Refused:
    """Explain an address that is none."""
    return Refused(f"The address of {provider} cannot be read.", provider=provider)


def garbage(provider: str) -> Unavailable:
    """Explain an answer that breaks the vendor's own protocol."""
    return Unavailable(
        f"{provider} sent something that cannot be read.", provider=provider
    )


def late(provider: str, what: str) -> TimedOut:
    """Explain a wait that was too long; ``what`` is what did not come."""
    return TimedOut(f"{provider} took too long: {what}.", provider=provider)


def _reason(body: bytes) -> tuple[str, str]:
    """Find a machine's word and a sentence in the many shapes vendors use."""
    try:
        found: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "", ""
    for key in ("error", "detail"):
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    if not isinstance(found, dict):
        return "", ""
    kind = found.get("code") or found.get("type") or found.get("status") or ""
    words = next(
        (
            found[key]
            for key in ("message", "err_msg", "reason", "title", "detail", "error")
            if isinstance(found.get(key), str)
        ),
        "",
    )
    return str(kind), words[:_LONGEST]
