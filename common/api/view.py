"""The view that every endpoint of the API is.

The framework makes its helpers anew for each request and asks each of them what it
thinks of a request. Ours keep nothing between requests, and an answer is JSON whatever
is asked for: they are made once, and what never varies is not asked.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView


@cache
def _made(kinds: tuple[type[Any], ...]) -> list[Any]:
    return [kind() for kind in kinds]


def _kept(kinds: Sequence[Any]) -> list[Any]:
    """Return one helper of each kind, the same for every request."""
    return _made(tuple(kinds))


class ApiView(APIView):
    """An endpoint. Its parsers, permissions and limits must keep nothing of a request."""

    gate: Any  # who may come in: put there by what guards it, read by its permissions

    def get_parsers(self) -> list[Any]:
        return _kept(self.parser_classes)

    def get_authenticators(self) -> list[Any]:
        return _kept(self.authentication_classes)

    def get_permissions(self) -> list[Any]:
        return _kept(self.permission_classes)

    def get_throttles(self) -> list[Any]:
        return _kept(self.throttle_classes)

    def get_renderers(self) -> list[Any]:
        return _kept(self.renderer_classes)

    def get_content_negotiator(self) -> Any:
        return _kept([self.content_negotiation_class])[0]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let the request in, or raise: there are no versions and no suffixes."""
        renderer = self.get_renderers()[0]
        request.accepted_renderer = renderer
        request.accepted_media_type = renderer.media_type
        request.version = request.versioning_scheme = None
        self.perform_authentication(request)
        self.check_permissions(request)
        self.check_throttles(request)
