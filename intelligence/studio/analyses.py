"""What was worked out from a call: fragments of its page."""

from datetime import timedelta
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from accounts.access import StudioRequest, studio
from common import clock
from intelligence import conclusions, pipeline, retention

FRESH = timedelta(seconds=30)


@require_GET
@studio()
def call_analysis(request: StudioRequest, call_id: UUID) -> HttpResponse:
    """Show summary, fields, verdict and promises; it asks again while they are made."""
    return _drawn(request, call_id)


@require_POST
@studio("edit")
def call_reprocess(request: StudioRequest, call_id: UUID) -> HttpResponse:
    """Work the call out anew."""
    call = get_object_or_404(request.workspace.calls, pk=call_id)
    pipeline.reprocess(call, now=clock.now())
    return _drawn(request, call_id)


@require_POST
@studio("administer")
def call_hold(request: StudioRequest, call_id: UUID) -> HttpResponse:
    """Keep a call whatever the policy says, or let the policy count again."""
    call = get_object_or_404(request.workspace.calls, pk=call_id)
    held = retention.held_calls(request.workspace).filter(call=call).first()
    if held:
        retention.release(held, by=request.user, now=clock.now())
    else:
        reason = request.POST.get("reason") or request.headers.get("HX-Prompt", "")
        retention.hold(request.workspace, reason=reason, by=request.user, call=call)
    return _drawn(request, call_id)


def _drawn(request: StudioRequest, call_id: UUID) -> HttpResponse:
    found = conclusions.of(request.workspace, call_id)
    if found is None:
        raise Http404
    found.call.workspace = request.workspace
    response = render(
        request,
        "intelligence/analysis/_panels.html",
        {
            "found": found,
            "may_edit": request.may("edit"),
            "may_administer": request.may("administer"),
            "stay": retention.stay_of(found.call),
        },
    )
    finished_at = found.analysis.finished_at if found.analysis else None
    if finished_at and clock.now() - finished_at < FRESH:  # its events went out, too
        trigger_client_event(response, "subject:news")
    return response
