"""Settings → Appearance."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import StudioRequest, studio


@require_GET
@studio("see")
def page(request: StudioRequest) -> HttpResponse:
    """Show the themes. The choice is kept in the browser, by theme.js."""
    return render(request, "accounts/appearance.html")
