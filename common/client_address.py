"""Whose address a request came from, behind proxies we trust."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def client_address(peer: str, forwarded_for: str, trusted: int) -> str:
    """Return the address that the outermost of ``trusted`` proxies saw.

    Each proxy appends whom it saw. What stands further left was written by the
    client, who may claim anything.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    if trusted == 0 or not hops:
        return peer
    return _without_port(hops[-min(trusted, len(hops))]) or peer


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


class ClientAddressMiddleware:
    """Puts the client's address where everything looks for it, and only there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded_for = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        request.META["REMOTE_ADDR"] = client_address(
            request.META.get("REMOTE_ADDR") or "127.0.0.1",
            forwarded_for,
            settings.TRUSTED_PROXIES,
        )
        return self.get_response(request)
