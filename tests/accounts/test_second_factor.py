"""A code of an authenticator app opens one door, once."""

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.authenticator import code_of

PASSWORD = "a long enough secret"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("same_half_minute")]


@pytest.fixture
def lena():
    cache.clear()
    membership = factories.MembershipFactory(role="admin")
    membership.user.set_password(PASSWORD)
    membership.user.save()
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(membership.user, secret)
    membership.user.secret = secret
    return membership.user


def at_the_second_door(user):
    """Return a browser that has shown its password."""
    browser = Client()
    answer = browser.post(
        reverse("account_login"), {"login": user.email, "password": PASSWORD}
    )
    assert answer["Location"] == reverse("mfa_authenticate")
    return browser


def show(browser, code):
    return browser.post(reverse("mfa_authenticate"), {"code": code})


def is_in(browser):
    return browser.get("/").status_code == 200


def test_a_code_that_was_used_opens_nothing_a_second_time(lena):
    code = code_of(lena.secret)
    first, second = at_the_second_door(lena), at_the_second_door(lena)

    assert show(first, code).status_code == 302
    replayed = show(second, code)

    assert is_in(first)
    assert replayed.status_code == 200
    assert "Incorrect code" in replayed.content.decode()
    assert not is_in(second)


def test_the_same_browser_cannot_replay_it_either(lena):
    code = code_of(lena.secret)
    browser = at_the_second_door(lena)
    show(browser, code)
    browser.post(reverse("account_logout"))

    again = at_the_second_door(lena)

    assert show(again, code).status_code == 200
    assert not is_in(again)


def test_guessing_is_stopped_after_five(lena):
    browser = at_the_second_door(lena)
    right = code_of(lena.secret)
    wrong = [f"{n:06}" for n in range(8) if f"{n:06}" != right]

    told = [show(browser, code).status_code for code in wrong]

    assert 429 in told or "Too many" in show(browser, wrong[0]).content.decode()
    assert show(browser, right).status_code != 302, "a guesser got in after all"
    assert not is_in(browser)


def test_the_password_alone_opens_nothing(lena):
    assert not is_in(at_the_second_door(lena))
