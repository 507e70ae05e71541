from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import sign_in_links
from accounts.models import SignInLink


def token_in(path):
    return path.rstrip("/").rsplit("/", 1)[1]


def test_make_keeps_only_a_fingerprint(owner):
    path = sign_in_links.make(owner)

    kept = SignInLink.objects.get()
    assert token_in(path) not in repr(vars(kept))
    assert len(token_in(path)) == 43


def test_use_works_once(owner):
    token = token_in(sign_in_links.make(owner))

    assert sign_in_links.use(token) == owner
    assert sign_in_links.use(token) is None


def test_use_refuses_what_is_older_than_its_life(owner):
    token = token_in(sign_in_links.make(owner, life=timedelta(0)))

    assert sign_in_links.use(token) is None


def test_use_refuses_a_disabled_person(owner):
    token = token_in(sign_in_links.make(owner))
    owner.is_active = False
    owner.save()

    assert sign_in_links.use(token) is None


def test_looking_at_the_link_does_not_use_it_up(client, owner):
    path = sign_in_links.make(owner)

    for _ in range(3):  # previews, scanners
        assert client.get(path).status_code == 200
    client.head(path)

    assert client.post(path).status_code == 302
    assert client.session["_auth_user_id"] == str(owner.pk)


def test_pressing_the_button_goes_where_next_says(client, owner):
    path = sign_in_links.make(owner)

    response = client.post(path, {"next": "/admin/"})

    assert response["Location"] == "/admin/"


@pytest.mark.parametrize("next_url", ["https://evil.example/", "//evil.example/"])
def test_pressing_the_button_goes_nowhere_else(client, owner, next_url):
    response = client.post(sign_in_links.make(owner), {"next": next_url})

    assert response["Location"] == reverse("home")


def test_a_used_link_says_so(client, owner):
    path = sign_in_links.make(owner)
    client.post(path)
    client.logout()

    response = client.get(path)

    assert response.status_code == 410
    assert b"does not work any more" in response.content
