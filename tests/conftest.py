"""The cast: an owner with a workspace, a teammate, and a stranger with another."""

import pytest
from django.core.cache import cache

from accounts import key_memory
from billing.api import throttles
from tests import factories
from tests.api import Api

pytest_plugins = ["tests.browser"]


TOGETHER = ("browser", "services", "models")
# What watches a real clock is late on a machine whose cores others use. One more go, told
# by an R in the output; what counts money or kills processes gets none: luck is no proof.
ON_A_CLOCK = ("browser", "realtime")
NO_SECOND_GO = ("tests/billing/", "tests/chaos/", "tests/webhooks/test_chaos")


def pytest_collection_modifyitems(items):
    """Keep a module's tests in one worker where they share a browser, servers or models,
    and never shuffle them among others, which would start those over and over. Let what
    watches a clock try twice."""
    for item in items:
        if any(item.get_closest_marker(name) for name in TOGETHER):
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))
        is_timed = any(item.get_closest_marker(name) for name in ON_A_CLOCK)
        if is_timed and not item.nodeid.startswith(NO_SECOND_GO):
            item.add_marker(pytest.mark.flaky(reruns=1))


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


@pytest.fixture
def api(workspace):
    """A program with a key that may do everything in the workspace."""
    cache.clear()  # nothing is counted against anybody yet
    return Api(workspace)


@pytest.fixture
def foreign_api(stranger):
    """The same in the stranger's workspace."""
    return Api(stranger.memberships.get().workspace)
