"""Finding the view for an address without trying every route of the API.

Django tries one route after the other, some forty regular expressions for an address at
the end of the map. Every address of the API begins with a fixed word: only routes that
begin with it are tried, in their order.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.urls import Resolver404, URLPattern, URLResolver
from django.urls.resolvers import ResolverMatch, RoutePattern

ANY = ""  # of routes that begin with no fixed word


class Signposts(URLResolver):
    """A part of the map that is looked into by the first word of what is asked for."""

    def resolve(self, path: str) -> ResolverMatch:
        match: Any = self.pattern.match(path)
        if not match:
            raise Resolver404({"path": path, "tried": []})
        word = match[0].partition("/")[0]
        return self._under.get(word, self._under[ANY]).resolve(path)

    @cached_property
    def _under(self) -> dict[str, URLResolver]:
        """The same part of the map for each word, with what may match alone."""
        routes = list(_flat(self.url_patterns))
        return {
            word: URLResolver(
                self.pattern, [route for route, its in routes if its in (word, ANY)]
            )
            for word in {ANY, *(its for _, its in routes)}
        }


def _flat(patterns: list[Any]) -> Iterator[tuple[Any, str]]:
    """Yield the routes in their order, each with its first word."""
    for each in patterns:
        if isinstance(each, URLResolver) and not str(each.pattern):
            yield from _flat(each.url_patterns)
        else:
            yield each, _first_word(each)


def _first_word(route: URLPattern | URLResolver) -> str:
    if not isinstance(route.pattern, RoutePattern) or isinstance(route, URLResolver):
        return ANY
    word = str(route.pattern).partition("/")[0]
    return ANY if "<" in word else word


def signposts(prefix: str, module: str) -> Signposts:
    """Include a module of routes under a prefix."""
    return Signposts(RoutePattern(prefix), module)
