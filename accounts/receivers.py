"""What other packages tell us: who signs in, who fails to, what staff change."""

import logging
from typing import Any

from auditlog.registry import auditlog
from django.contrib.auth import signals
from django.http import HttpRequest

from accounts.models import Account, AccountMembership, Membership, User, Workspace

log = logging.getLogger("accounts.security")


def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    log.info("signed_in user=%s address=%s", user.pk, _address(request))


def _signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    log.info("signed_out user=%s", user.pk if user else None)


def _failed(request: HttpRequest | None = None, **_: Any) -> None:
    # Without what was typed: people type passwords into the wrong field.
    log.warning("sign_in_failed address=%s", _address(request))


def _address(request: HttpRequest | None) -> str:
    return str(request.META.get("REMOTE_ADDR", "")) if request else ""


def connect() -> None:
    """Listen, and let changes of these records be kept field by field."""
    signals.user_logged_in.connect(_signed_in, dispatch_uid="accounts.signed_in")
    signals.user_logged_out.connect(_signed_out, dispatch_uid="accounts.signed_out")
    signals.user_login_failed.connect(_failed, dispatch_uid="accounts.failed")
    auditlog.register(User, exclude_fields=["password", "last_login"])
    for model in (Account, AccountMembership, Membership, Workspace):
        auditlog.register(model)
