"""One place where an operation's refusal becomes a page."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.http import reswap, retarget

from common.errors import NotFound, Refusal


class RefusalMiddleware:
    """Shows a ``Refusal`` that left a Studio view as a page, or as a note to htmx."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # One address answers with a page or with a piece of it: caches must know.
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["HX-Request"])
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """Turn a refusal into a response; leave everything else to Django."""
        if isinstance(exception, NotFound):
            raise Http404(exception.message) from exception
        if not isinstance(exception, Refusal):
            return None
        if not getattr(request, "htmx", False):
            return _answer(request, "studio/refusal.html", exception)
        response = _answer(request, "studio/_refusal.html", exception)
        return reswap(retarget(response, "[data-toasts]"), "beforeend")


def _answer(request: HttpRequest, template: str, refusal: Refusal) -> HttpResponse:
    return render(request, template, {"refusal": refusal}, status=refusal.status)
