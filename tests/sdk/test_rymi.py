"""The official Python client drives every method it has against a live server.

A method that is in the client and not in ``drives`` fails this file; those of resources
that are not built yet are listed, and must say so themselves.
"""

import inspect

import pytest
import rymi

from tests.sdk import drives

# Campaigns, contacts and compliance come later; nothing else is left out.
NOT_BUILT = {"campaigns", "contacts", "compliance"}


def methods(resource, prefix):
    """Yield every method of a resource, and of those within it."""
    for name, found in inspect.getmembers(resource):
        if name.startswith("_") or name == "client":
            continue
        if callable(found):
            yield f"{prefix}.{name}"
        elif type(found).__module__.startswith("rymi."):
            yield from methods(found, f"{prefix}.{name}")


CLIENT = rymi.Rymi(api_key="rymi_x", base_url="http://127.0.0.1:9/v1")
RESOURCES = [
    name
    for name, value in vars(CLIENT).items()
    if type(value).__module__.startswith("rymi.resources")
]
METHODS = [
    method for name in RESOURCES for method in methods(getattr(CLIENT, name), name)
]
BUILT = [each for each in METHODS if each.partition(".")[0] not in NOT_BUILT]
MISSING = [each for each in METHODS if each.partition(".")[0] in NOT_BUILT]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("method", BUILT)
def test_every_method_works_unchanged(world, method):
    drives.of(method)(world)


@pytest.mark.parametrize("resource", sorted(NOT_BUILT))
def test_what_is_not_built_says_so_in_the_one_shape(world, resource):
    asked = getattr(world.rymi, resource)
    ask = asked.get_settings if resource == "compliance" else asked.list

    drives.refused(ask, 404, "not_found")


def test_the_client_has_what_we_think(db):
    assert len(BUILT) > 75
    assert len(MISSING) > 30


def test_a_wrong_key_is_an_error_of_the_client(world):
    stranger = rymi.Rymi(api_key="rymi_wrong", base_url=world.url)

    error = drives.refused(stranger.agents.list, 401, "unauthorized")

    assert "key" in str(error)
