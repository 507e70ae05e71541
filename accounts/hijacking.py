"""Support acting as a customer: written down, and kept away from what is the
customer's alone."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from hijack.signals import hijack_ended, hijack_started

from accounts import audit
from accounts.access import NotAllowed, workspaces_of
from accounts.models import User

# How a person signs in is theirs: support could lock them out, or keep a way in.
PRIVATE = ("/accounts/", "/settings/profile/", "/sign-in/", "/invitations/")
ALLOWED = ("/accounts/logout/",)


class HijackLimitsMiddleware:
    """Keeps whoever acts as a customer away from how the customer signs in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        private = request.path.startswith(PRIVATE) and request.path not in ALLOWED
        if private and getattr(request.user, "is_hijacked", False):
            refusal = NotAllowed(
                "How this person signs in is theirs alone. Stop acting as them first."
            )
            return render(
                request, "studio/refusal.html", {"refusal": refusal}, status=403
            )
        return self.get_response(request)


def _write(verb: str, hijacker: User, hijacked: User, reason: str) -> None:
    """Tell every workspace the customer can reach, and the book of the house."""
    for workspace in (None, *workspaces_of(hijacked)):
        audit.record(
            workspace=workspace,
            actor=hijacker,
            verb=verb,
            target=hijacked.email,
            reason=reason,
        )


def _started(request: HttpRequest, hijacker: User, hijacked: User, **_: Any) -> None:
    reason = request.POST.get("reason", "")
    _write("hijack.started", hijacker, hijacked, reason)


def _ended(request: HttpRequest, hijacker: User, hijacked: User, **_: Any) -> None:
    _write("hijack.ended", hijacker, hijacked, "")


def connect() -> None:
    """Listen to the package that does the switching."""
    hijack_started.connect(_started, dispatch_uid="accounts.hijack_started")
    hijack_ended.connect(_ended, dispatch_uid="accounts.hijack_ended")
