"""One-time links for whoever can run commands on the machine: ``rymi up``, support."""

from datetime import datetime, timedelta
from hashlib import sha256

from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.models import SignInLink, User
from common import clock, ids

LIFE = timedelta(minutes=15)


def make(user: User, *, life: timedelta = LIFE) -> str:
    """Make a link that signs ``user`` in once, and return its path."""
    now = clock.now()
    SignInLink.objects.filter(Q(expires_at__lte=now) | ~Q(used_at=None)).delete()
    token = ids.token()
    SignInLink.objects.create(
        token_hash=_hashed(token), user=user, expires_at=now + life
    )
    return reverse("accounts:sign-in-link", args=[token])


def is_open(token: str) -> bool:
    """Tell whether the link still works, without using it up."""
    return _open(token, clock.now()).exists()


def use(token: str) -> User | None:
    """Use the link up and return whom it signs in; None: used, expired or unknown."""
    now = clock.now()
    # The update decides which of two clicks at once was first.
    if not _open(token, now).update(used_at=now):
        return None
    return SignInLink.objects.select_related("user").get(pk=_hashed(token)).user


def _open(token: str, now: datetime) -> QuerySet[SignInLink]:
    return SignInLink.objects.filter(
        pk=_hashed(token), used_at=None, expires_at__gt=now, user__is_active=True
    )


def _hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()
