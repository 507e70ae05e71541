"""How long a sign-in lasts: some hours of silence, some days in all."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from common import clock

BEGAN, SEEN = "began_at", "seen_at"  # seconds since the epoch, kept in the session
NOTED_EVERY = 60  # seconds between writes of SEEN


def is_over(session: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether the session was silent too long, or lasted too long."""
    moment = now.timestamp()
    silent = moment - float(session.get(SEEN, moment))
    lasted = moment - float(session.get(BEGAN, moment))
    return silent > settings.SESSION_IDLE_SECONDS or (
        lasted > settings.SESSION_COOKIE_AGE
    )


class SessionLimitsMiddleware:
    """Signs out whoever was away too long."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = clock.now()
            if is_over(request.session, now):
                logout(request)
            else:
                _note(request, now)
        return self.get_response(request)


def _note(request: HttpRequest, now: datetime) -> None:
    moment = int(now.timestamp())
    request.session.setdefault(BEGAN, moment)
    if moment - request.session.get(SEEN, 0) >= NOTED_EVERY:
        request.session[SEEN] = moment
        UserSession.objects.create_from_request(request)  # or note when it was seen


def of(user: User) -> QuerySet[UserSession]:
    """Return where the user is signed in, the latest seen first."""
    live = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    found: QuerySet[UserSession] = UserSession.objects.filter(
        user=user, session_key__in=live
    )
    return found.order_by("-last_seen_at")


def end_all(user: User) -> int:
    """Sign the user out everywhere; return how many sessions ended."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)
