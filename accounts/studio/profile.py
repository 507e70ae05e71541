"""Your account: who you are, how you sign in, where you are signed in."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import sessions, time_zones
from accounts.access import StudioRequest
from accounts.models import User


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    time_zone = forms.ChoiceField(label="Time zone")

    class Meta:
        model = User
        fields = ("first_name", "last_name", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(name, name.replace("_", " ")) for name in time_zones.names()]
        self.fields["time_zone"].choices = zones  # type: ignore[attr-defined]  # a Field in the stubs


@require_http_methods(["GET", "POST"])
@login_required
def page(request: StudioRequest) -> HttpResponse:
    """Show and change the account; it belongs to the person, not to a workspace."""
    # A copy: a refused form must not change the name that the sidebar shows.
    form = ProfileForm(
        request.POST or None, instance=User.objects.get(pk=request.user.pk)
    )
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("accounts:profile")
    held = list(Authenticator.objects.filter(user=request.user))
    return render(
        request,
        "accounts/profile.html",
        {
            "form": form,
            "totp": next((each for each in held if each.type == "totp"), None),
            "passkeys": [each for each in held if each.type == "webauthn"],
            "codes": next(
                (each for each in held if each.type == "recovery_codes"), None
            ),
            "sessions": sessions.of(request.user),
            "idle_hours": settings.SESSION_IDLE_SECONDS // 3600,
            "most_days": settings.SESSION_COOKIE_AGE // 86_400,
            "here": request.session.session_key,
        },
    )


@require_POST
@login_required
def session_end(request: StudioRequest, session_id: int) -> HttpResponse:
    """Sign out one of one's other browsers."""
    get_object_or_404(_elsewhere(request), pk=session_id).end()
    messages.success(request, "That browser is signed out.")
    return redirect("accounts:profile")


@require_POST
@login_required
def sessions_end(request: StudioRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    for session in _elsewhere(request):
        session.end()
    messages.success(request, "All other browsers are signed out.")
    return redirect("accounts:profile")


def _elsewhere(request: StudioRequest) -> QuerySet[UserSession]:
    others: QuerySet[UserSession] = sessions.of(request.user).exclude(
        session_key=request.session.session_key
    )
    return others
