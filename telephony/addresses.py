"""The addresses that carriers call us at, built from ``PUBLIC_BASE_URL`` alone: what a
signature covers must not depend on proxies."""

from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings

from common.public import is_public

BY_SIP = frozenset({"sip"})  # calls come in at the LiveKit server
# Carriers that sign nothing, or only for those who gave the secret: whoever calls proves
# it by a key in the address.
UNSIGNED = frozenset({"exotel", "vonage"})


class Connected(Protocol):
    """A carrier connection."""

    provider: str
    callback_key: str
    credentials: Any


def answer_url(connection: Connected) -> str:
    """Return where calls to the customer's numbers come in."""
    if connection.provider in BY_SIP:
        host = settings.LIVEKIT_SIP_ADDRESS
        return f"sip:{host}" if host else ""
    return _at(connection, "")


def status_url(connection: Connected, leg_id: UUID | None = None) -> str:
    """Return where the carrier tells what became of a call."""
    return _at(connection, f"/status/{leg_id}" if leg_id else "/status")


def outbound_url(connection: Connected, leg_id: UUID) -> str:
    """Return where the carrier asks what to do when a callee answers."""
    return _at(connection, f"/answer/{leg_id}")


def resume_url(connection: Connected, leg_id: UUID) -> str:
    """Return where the carrier asks what to do when a stream is gone."""
    return _at(connection, f"/resume/{leg_id}")


def stream_url(provider: str, rest: str = "") -> str:
    """Return where the carrier opens a call's audio."""
    scheme, _, host = settings.MEDIA_BASE_URL.partition("://")
    return f"{'wss' if scheme == 'https' else 'ws'}://{host}/media/{provider}/{rest}"


def public_url(path: str) -> str:
    """Return a path of ours as the outside calls it."""
    return f"{settings.PUBLIC_BASE_URL}{path}"


def is_reachable() -> bool:
    """Tell whether a carrier can reach us at all."""
    host = urlsplit(settings.PUBLIC_BASE_URL).hostname or ""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return False
    return is_public(host) if host.replace(".", "").isdigit() or ":" in host else True


def _at(connection: Connected, rest: str) -> str:
    url = public_url(f"/inbound/{connection.provider}{rest}")
    signs = connection.credentials and connection.credentials.get("signature_secret")
    if connection.provider in UNSIGNED and not signs:
        return f"{url}?{urlencode({'key': connection.callback_key})}"
    return url
