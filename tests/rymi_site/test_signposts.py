"""The API's map by first words finds what Django's own way through it finds."""

import pytest
from django.urls import Resolver404, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from rymi_site.signposts import Signposts
from tests.architecture.routes import all_routes

SOMEBODY = "01890000-0000-7000-8000-000000000000"
DJANGO = URLResolver(RoutePattern("v1/"), "rymi_site.api_urls")


def addresses():
    for route in all_routes():
        if route.template.startswith("/v1/"):
            yield route.path(dict.fromkeys(route.parameters, SOMEBODY))
    yield from ("/v1/", "/v1/nothing", "/v1/calls/", "/v1/calls/x", "/v1/callsign")


@pytest.mark.parametrize("address", list(dict.fromkeys(addresses())))
def test_the_same_view_is_found(address):
    theirs = DJANGO.resolve(address[1:])
    ours = next(
        each for each in get_resolver().url_patterns if isinstance(each, Signposts)
    ).resolve(address[1:])
    assert (ours.func, ours.kwargs, ours.route) == (
        theirs.func,
        theirs.kwargs,
        theirs.route,
    )


def test_other_addresses_are_not_of_the_api():
    signposts = next(
        each for each in get_resolver().url_patterns if isinstance(each, Signposts)
    )
    with pytest.raises(Resolver404):
        signposts.resolve("calls/")
