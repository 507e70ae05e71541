"""Where allauth asks us instead of deciding itself."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import reverse

from accounts import invitations
from common.errors import Refusal

INVITED = "invitation"  # session key: the token whose letter brought this person


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Sign-up for everybody or for the invited; people are led back to their letter."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGN_UP_OPEN or is_invited(request)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead the invited back to the letter; everybody else home."""
        token = request.session.get(INVITED)
        if token:
            return reverse("accounts:invitation", args=[token])
        return resolve_url(settings.LOGIN_REDIRECT_URL)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:profile")


def is_invited(request: HttpRequest) -> bool:
    """Tell whether an open letter brought this person."""
    token = request.session.get(INVITED)
    if not token:
        return False
    try:
        invitations.find(token)
    except Refusal:
        return False
    return True
