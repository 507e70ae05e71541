"""What every answer says to browsers, and what none says to strangers."""

import pytest
from django.core.cache import cache

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _limits_begin_anew():
    cache.clear()


PAGES = ("/accounts/login/", "/healthz", "/v1/calls", "/admin/login/", "/nowhere/")


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_has_its_guards(client, path):
    answer = client.get(path)

    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/static/", "/static/css/", "/static/../manage.py"])
def test_folders_are_not_listed(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/v1/nowhere", "/nowhere/", "/calls/x/", "/%00"])
def test_an_error_shows_nothing_of_the_inside(client, path):
    answer = client.get(path, follow=True)

    said = answer.content.decode()
    assert answer.status_code < 500
    assert "Traceback" not in said
    assert "DJANGO_SETTINGS_MODULE" not in said


def sign_in(client, email, password, address="203.0.113.7"):
    body = {"login": email, "password": password}
    return client.post("/accounts/login/", body, REMOTE_ADDR=address)


@pytest.fixture
def people(owner, stranger):
    for each in (owner, stranger):
        each.set_password("the right secret")
        each.save()
    return owner, stranger


def is_in(client):
    return "_auth_user_id" in client.session


def test_scripts_and_other_sites_get_no_cookie(client, people):
    sign_in(client, people[0].email, "the right secret")

    for name in ("csrftoken", "sessionid"):
        cookie = client.cookies[name]
        assert cookie["samesite"] == "Lax", name
        assert cookie["httponly"], name


def test_guessing_stops_after_five_tries_and_harms_nobody_else(
    client, people, time_machine
):
    target, other = people
    time_machine.move_to("2026-03-02T10:00:00Z", tick=False)
    for _ in range(5):
        sign_in(client, target.email, "wrong")

    sign_in(client, target.email, "the right secret", "198.51.100.9")
    assert not is_in(client), "the sixth try may come from another address"
    sign_in(client, other.email, "the right secret")
    assert is_in(client), "a neighbour behind the same address may sign in"
    client.logout()
    time_machine.move_to("2026-03-02T10:06:00Z", tick=False)
    sign_in(client, target.email, "the right secret")
    assert is_in(client)


def test_one_address_may_not_try_all_accounts(client, db):
    codes = [
        sign_in(client, f"guess{n}@example.com", "x").status_code for n in range(31)
    ]

    assert 429 in codes
    assert codes.index(429) >= 10
    forged = client.post(
        "/accounts/login/",
        {"login": "a@example.com", "password": "x"},
        REMOTE_ADDR="203.0.113.7",
        headers={"X-Forwarded-For": "192.0.2.1"},
    )
    assert forged.status_code == 429, "only our own proxies name an address"
