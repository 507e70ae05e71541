"""Every route × method × visitor: nobody sees or does what is not theirs.

Routes come from the URL map, so a new one cannot be missed: it has to say whom it is
for, and what its parameters name. See ``routes`` and ``world``.
"""

import json
from copy import deepcopy

import pytest
from django.core.cache import cache
from django.db import transaction

from accounts.access import RIGHTS
from tests.architecture import world as worlds
from tests.architecture.routes import Route, all_routes

CARRIERS_CALL = (
    "inbound",
    "inbound-too",
    "inbound-status",
    "inbound-resume",
    "leg-status",
    "leg-answer",
    "leg-resume",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
# Values of parameters that name nothing of anybody.
PLAIN = {
    "token": "x" * 43,
    "month": "2026-10",
    "key": "x-y",
    "uidb36": "1",
    "pk": "999999",
    "session_id": "999999",
    "provider": "deepgram",
    **{f"telephony:{name} provider": "twilio" for name in CARRIERS_CALL},
    "agents:section-save name": "persona",
    "agents:channel name": "llm",
    "agents:tool name": "create_ticket",
    "agents:tool-switch name": "create_ticket",
    "agents:tool-removal name": "create_ticket",
    "agents:tool-trial name": "datetime_now",
    "category": "calendar",
    "secret_name": "SHOP_KEY",
    "object_id": "0199c0de-0000-7000-8000-000000000000",
    "content_type_id": "1",
    "app_label": "accounts",
    "url": "nowhere",
}
LOGIN = "/accounts/login/"
ROUTES = all_routes()

pytestmark = [pytest.mark.django_db, pytest.mark.scattered]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Build both neighbours once; every probe is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield worlds.build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def visitors(world):
    names = [*world.people, *world.keys, "anonymous"]
    return {name: world.visitor(name) for name in names}


def probe(visitors, world, visitor: str, route: Route, method: str):
    """Knock at a route, undo whatever it did, and return the answer."""
    cache.clear()  # limits have tests of their own
    path = route.path(PLAIN | world.values)
    body = {} if method in ("GET", "HEAD", "TRACE") else {"data": "{}"}
    if body and route.kind in ("api", "nowhere"):
        body["content_type"] = "application/json"
    client = visitors[visitor]
    cookies = deepcopy(client.cookies)  # signing out would empty them for good
    sid = transaction.savepoint()
    try:
        return client.generic(method, path, **body)
    finally:
        transaction.savepoint_rollback(sid)
        client.cookies = cookies


def text(answer) -> str:
    if answer.streaming:
        return ""  # what may stream has passed the gate already
    return answer.content.decode(errors="replace") + json.dumps(dict(answer.headers))


def leaks(answer, world, route: Route) -> set[str]:
    """Return what of ours the answer holds, besides what the question held."""
    said = text(answer)
    path = route.path(PLAIN | world.values)
    return {each for each in world.secrets if each in said and each not in path}


def each(kind: str):
    found = [route for route in ROUTES if route.kind == kind]
    return pytest.mark.parametrize("route", found, ids=str)


def sends_away(answer) -> bool:
    """Tell whether the answer asks to sign in."""
    return answer.status_code == 302 and LOGIN in answer["Location"]


def test_every_route_says_whom_it_is_for():
    unclassified = [str(route) for route in ROUTES if not route.kind]

    assert unclassified == [], (
        "use access.studio or access.api, or list it in routes.py"
    )


def test_every_parameter_is_known():
    known = set(PLAIN) | worlds.PARAMETERS
    unknown = [
        f"{name} in {route}"
        for route in ROUTES
        for name in route.parameters
        if name not in known and f"{route.name} {name}" not in known
    ]

    assert unknown == [], "make one of it in world.py, or give it a value in PLAIN"


def test_the_map_is_not_empty():
    kinds = {route.kind for route in ROUTES}

    assert {"studio", "api", "public", "person", "staff"} <= kinds
    assert len(ROUTES) > 60


def test_only_the_api_goes_without_csrf():
    """Keys need no CSRF token; sessions are checked inside of the API, too."""
    without = [
        str(route)
        for route in ROUTES
        if getattr(route.view, "csrf_exempt", False)
        and route.kind not in ("api", "callback", "nowhere")
        and not (route.kind == "public" and hasattr(route.view, "cls"))  # reads only
    ]

    assert without == []


@each("studio")
def test_studio(visitors, world, route):
    for method in METHODS:
        for nobody in ("anonymous", "own key", "revoked key", "publishable key"):
            answer = probe(visitors, world, nobody, route, method)
            assert sends_away(answer) or answer.status_code == 405, (method, nobody)
            assert not leaks(answer, world, route), (method, nobody)

        answer = probe(visitors, world, "stranger", route, method)
        if set(route.parameters) & set(world.values):
            assert answer.status_code in (404, 405), method
        assert answer.status_code < 500, method
        assert not leaks(answer, world, route), method

        for role in ("viewer", "client", "editor"):
            answer = probe(visitors, world, role, route, method)
            if route.right in RIGHTS[role]:
                assert answer.status_code < 500, (method, role)
            else:
                assert answer.status_code in (403, 405), (method, role)
                assert not leaks_beyond_the_shell(answer, world, route), (method, role)


def leaks_beyond_the_shell(answer, world, route):
    """A refusal page stands in the reader's own Studio, whose name it may show."""
    own = {worlds.CANARY, str(world.workspace.id)}
    return leaks(answer, world, route) - own


@each("studio")
def test_studio_opens_for_those_it_is_for(visitors, world, route):
    """Without this, a route that is 404 for all would look well guarded."""
    answers = {
        method: probe(visitors, world, "admin", route, method).status_code
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    }

    assert set(answers.values()) - {403, 404, 405}, answers
    assert max(answers.values()) < 500, answers


@each("callback")
def test_callbacks_are_deaf_without_a_signature(visitors, world, route):
    for method in METHODS:
        for visitor in (*world.people, *world.keys, "anonymous"):
            answer = probe(visitors, world, visitor, route, method)
            assert answer.status_code in (400, 403, 404, 405), (method, visitor)
            assert not leaks(answer, world, route), (method, visitor)


@each("api")
def test_api(visitors, world, route):
    for method in METHODS:
        for nobody in ("anonymous", "revoked key"):
            answer = probe(visitors, world, nobody, route, method)
            assert answer.status_code == 401, (method, nobody)
            assert not leaks(answer, world, route), (method, nobody)
        answer = probe(visitors, world, "publishable key", route, method)
        if method != "POST" or not route.view.cls.gate.publishable:
            assert answer.status_code == 401, method
        assert not leaks(answer, world, route), method

        for other in ("foreign key", "stranger"):
            answer = probe(visitors, world, other, route, method)
            if set(route.parameters) & set(world.values):
                assert answer.status_code in (404, 405), (method, other)
            assert answer.status_code < 500, (method, other)
            assert not leaks(answer, world, route), (method, other)

        for role in ("viewer", "client", "editor"):
            answer = probe(visitors, world, role, route, method)
            if route.api_right(method) in RIGHTS[role]:
                assert answer.status_code < 500, (method, role)
            else:
                assert answer.status_code in (403, 405), (method, role)
                assert not leaks(answer, world, route), (method, role)


@each("api")
def test_api_opens_for_those_it_is_for(visitors, world, route):
    key = "account key" if "account_id" in route.parameters else "own key"
    answers = {
        method: probe(visitors, world, key, route, method).status_code
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    }

    assert set(answers.values()) - {401, 403, 404, 405}, answers
    assert max(answers.values()) < 500, answers


@each("person")
def test_person(visitors, world, route):
    for method in METHODS:
        for nobody in ("anonymous", "own key", "revoked key", "publishable key"):
            answer = probe(visitors, world, nobody, route, method)
            assert sends_away(answer) or answer.status_code in (403, 405), (
                method,
                nobody,
            )

        answer = probe(visitors, world, "stranger", route, method)
        assert answer.status_code < 500, method
        assert not leaks(answer, world, route), method


@each("staff")
def test_staff(visitors, world, route):
    """The admin is for staff alone: an owner of a workspace is a stranger there."""
    for method in METHODS:
        for name in ("anonymous", "own key", "stranger", "viewer", "admin"):
            answer = probe(visitors, world, name, route, method)
            assert answer.status_code in (302, 403, 404, 405), (method, name)
            if answer.status_code == 302:
                assert answer["Location"].startswith((LOGIN, "/admin/")), (method, name)
            assert not leaks_beyond_the_shell(answer, world, route), (method, name)


@each("public")
def test_public(visitors, world, route):
    for method in METHODS:
        for name in ("anonymous", "stranger", "publishable key"):
            answer = probe(visitors, world, name, route, method)
            assert answer.status_code < 500, (method, name)
            assert not leaks(answer, world, route), (method, name)


@each("nowhere")
def test_nowhere(visitors, world, route):
    for method in METHODS:
        for name in ("anonymous", "stranger", "own key"):
            answer = probe(visitors, world, name, route, method)
            assert answer.status_code in (404, 410), (method, name)
            assert not leaks(answer, world, route), (method, name)
