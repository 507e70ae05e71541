"""Where allauth asks us instead of deciding itself."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import reverse

from accounts import invitations
from common.encryption import fernet
from common.errors import Refusal

INVITED = "invitation"  # session key: the token whose letter brought this person


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Sign-up for everybody or for the invited; people are led back to their letter."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": (
            "Mail and password do not match. After five wrong tries there is a pause "
            "of five minutes."
        ),
        "too_many_login_attempts": (
            "Too many wrong tries. Wait five minutes, or have your password reset."
        ),
        "email_taken": (
            "There is an account with this address. Sign in, or have its password "
            "reset."
        ),
        "incorrect_password": "That is not your password.",
        "rate_limited": "Too many tries. Wait a few minutes, then try again.",
    }

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


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Keeps authenticator secrets and recovery seeds encrypted in the database."""

    def encrypt(self, text: str) -> str:
        return fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return fernet().decrypt(encrypted_text.encode()).decode()


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
