"""One place where an operation's refusal becomes a page."""

import logging
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django_htmx.http import reswap, retarget

from common import database_busy
from common.database_busy import DatabaseBusy
from common.errors import NotFound, Refusal

log = logging.getLogger(__name__)


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
        if isinstance(exception, database_busy.CAUSES):
            log.error("database_busy", exc_info=exception)
            exception = DatabaseBusy()
        if not isinstance(exception, Refusal):
            return None
        if getattr(request, "htmx", False):
            response = _answer(request, "studio/_refusal.html", exception)
            return reswap(retarget(response, "[data-toasts]"), "beforeend")
        return _answer(request, "studio/refusal.html", exception)


def _answer(request: HttpRequest, template: str, refusal: Refusal) -> HttpResponse:
    words = {"refusal": refusal}
    if isinstance(refusal, DatabaseBusy):  # no frame: that would ask the database
        page = render_to_string(template, {**words, "request": request})
        headers = {"Retry-After": str(refusal.wait)}
        return HttpResponse(page, status=refusal.status, headers=headers)
    return render(request, template, words, status=refusal.status)
