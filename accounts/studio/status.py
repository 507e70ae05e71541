"""The status page: how the system is, for anybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import system_status
from accounts.models import Level

TONES = {Level.OPERATIONAL: "ok", Level.DEGRADED: "warn", Level.OUTAGE: "bad"}
WORDS = {
    Level.OPERATIONAL: "Everything works",
    Level.DEGRADED: "Something is slow or partly down",
    Level.OUTAGE: "Something is down",
}


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show what was measured and what the operator says."""
    found = system_status.overview()
    words = WORDS[found.now.level]
    if found.checked_at is None and found.now.level == Level.OPERATIONAL:
        words = "Nobody has looked yet"
    told = {
        "system": found,
        "words": words,
        "tone": TONES[found.now.level] if found.checked_at or found.open else "",
        "tones": TONES,
    }
    template = "accounts/status.html" + (
        "#status" if getattr(request, "htmx", False) else ""
    )
    return render(request, template, told)
