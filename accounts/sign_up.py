"""Making an account: a person, and the workspace they start with."""

from typing import Any

from allauth.account.forms import SignupForm
from django import forms
from django.db import transaction
from django.http import HttpRequest

from accounts import invitations, time_zones, workspaces
from accounts.adapter import INVITED
from accounts.models import User
from common.errors import Refusal


class SignUpForm(SignupForm):  # type: ignore[misc]  # allauth is untyped
    """Asks for a name, besides address and password."""

    name = forms.CharField(
        label="Your name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    # Filled in by the browser; what it says is a guess that the profile can correct.
    time_zone = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("name", "email", "password1", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Mail"
        self.fields[
            "password1"
        ].help_text = (
            "At least 8 characters; not only digits, not one that everybody uses."
        )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    @transaction.atomic
    def save(self, request: HttpRequest) -> Any:
        """Save the person and, unless they follow an invitation, found a workspace."""
        user: User = super().save(request)
        user.first_name, _, user.last_name = _split(self.cleaned_data["name"])
        if time_zones.known(zone := self.cleaned_data["time_zone"]):
            user.time_zone = zone
        user.save(update_fields=["first_name", "last_name", "time_zone"])
        if not _follows_invitation(request, user):
            workspaces.found(owner=user, name=f"{user.spoken_name}’s workspace"[:120])
        return user


def _split(name: str) -> tuple[str, str, str]:
    """Cut a name where the two columns of Django's users want it cut."""
    first, space, last = name.rpartition(" ")
    return (first or last)[:150], space, last[:150] if first else ""


def _follows_invitation(request: HttpRequest, user: User) -> bool:
    """Let the invited in at once, when they signed up with the invited address."""
    token = request.session.get(INVITED)
    if not token:
        return False
    try:
        invitations.accept(token, user=user)
    except Refusal:
        return False
    del request.session[INVITED]
    return True
