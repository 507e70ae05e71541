"""The cast: an owner with a workspace, a teammate, and a stranger with another."""

import pytest
from django.test import TransactionTestCase

from accounts import key_memory
from billing.api import throttles
from common.api.json_answer import JsonAnswer
from tests import described, emptying, factories

pytest_plugins = [
    "tests.api",
    "tests.authenticator",
    "tests.browser",
    "tests.outward",
    "tests.reception",
    "tests.till",
]


# Begun in this order: what takes a minute, what waits for processes and pages, and single
# tests at the end, so that no worker has a long module left while the others have nothing.
FIRST = ("long", "services", "browser", "models")
LAST = "scattered"
# What watches a real clock is late on a machine whose cores others use. One more go, told
# by an R in the output; what counts money or kills processes gets none: luck is no proof.
ON_A_CLOCK = ("browser", "realtime")
# Fixtures by which a test asks for the database, or pytest-django's mark.
OF_THE_DATABASE = {"db", "transactional_db", "live_server", "django_db_setup"}
NO_SECOND_GO = ("tests/billing/", "tests/chaos/", "tests/webhooks/test_chaos")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items):
    """Keep a module's tests in one worker: they share a browser, servers, models or what
    a fixture made. Let what watches a clock try twice."""
    _found_by_the_runner(items)
    for item in items:
        if not item.get_closest_marker(LAST):
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))
        if OF_THE_DATABASE & {*item.fixturenames} or item.get_closest_marker(
            "django_db"
        ):
            item.add_marker(pytest.mark.database)
        is_timed = any(item.get_closest_marker(name) for name in ON_A_CLOCK)
        if is_timed and not item.nodeid.startswith(NO_SECOND_GO):
            item.add_marker(pytest.mark.flaky(reruns=1))
    yield
    items.sort(key=_turn)  # after all that shuffle and sort


def _found_by_the_runner(items):
    """Refuse a file that carries calls and does not say the word by which
    tests/tools/run-tests finds such files: its tests would run in neither go."""
    carries = {item.path for item in items if item.get_closest_marker("realtime")}
    hidden = [path for path in carries if "mark.realtime" not in path.read_text()]
    if hidden:
        raise pytest.UsageError(f"Say mark.realtime in {', '.join(map(str, hidden))}.")


def _turn(item):
    names = (*FIRST, "", LAST)
    marked = (name for name in names if name and item.get_closest_marker(name))
    return names.index(next(marked, ""))


@pytest.fixture(autouse=True, scope="session")
def _emptied_by_rows():
    """Empty the database after a test that committed, row by row."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", emptying.empty)
        yield


@pytest.fixture(autouse=True, scope="session")
def _answered_as_described():
    """Hold every answer of the API against what its description says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JsonAnswer, "render", described.render)
        yield


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Keys and limits that a process remembers are those of the test before."""
    key_memory._known.clear()
    throttles._remembered.clear()


@pytest.fixture
def workspace(db):
    return factories.WorkspaceFactory(name="Ours")


@pytest.fixture
def owner(workspace):
    return factories.MembershipFactory(workspace=workspace, role="admin").user


@pytest.fixture
def viewer(workspace):
    return factories.MembershipFactory(workspace=workspace, role="viewer").user


@pytest.fixture
def stranger(db):
    return factories.MembershipFactory(role="admin").user


@pytest.fixture
def studio(client, owner):
    """A browser in which the owner is signed in."""
    client.force_login(owner)
    return client
