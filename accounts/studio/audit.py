"""Who did what, newest first, in pages cut by key."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import audit
from accounts.access import StudioRequest, studio

PER_PAGE = 20


@require_GET
@studio("administer")
def entries(request: StudioRequest) -> HttpResponse:
    """Show a stretch of the book, as a fragment of the members page."""
    book = audit.of(request.workspace, before=request.GET.get("before"))
    found = list(book[: PER_PAGE + 1])
    context = {"entries": found[:PER_PAGE], "more": len(found) > PER_PAGE}
    return render(request, "accounts/_audit_entries.html", context)
