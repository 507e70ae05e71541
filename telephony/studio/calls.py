"""Calls: the list, one call, and the export."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import push_url

from accounts.access import StudioRequest, studio
from billing import reports as billing_reports
from common import clock, ids, money, sheets, wording
from common.htmx import wants_fragment
from telephony import calls, listing, outcomes, reports, storyline
from telephony.carriers import CARRIERS
from telephony.models import Leg
from telephony.reports import CallPage, CallReport, CallRow
from telephony.studio.filters import FilterForm

SEEN_LIMIT = 100  # rows a page asks news of


@require_GET
@studio()
def call_list(request: StudioRequest) -> HttpResponse:
    """Show calls, latest first; to htmx the rows alone."""
    form = FilterForm(request.GET)
    filters = form.filters(timezone.localdate())
    page = reports.call_page(request.workspace, filters, request.GET.get("cursor"))
    context = {
        "form": form,
        "filters": filters,
        "page": page,
        "rows": listing.listed(page.rows, clock.now()),
        "asked": _asked(request),
        **_poll(page, request),
    }
    if wants_fragment(request):
        context["fragment"] = True
        response = render(request, "telephony/call/list.html#rows", context)
        return push_url(response, f"{request.path}?{_asked(request, 'cursor')}")
    context["agents"] = request.workspace.agents.order_by("name").values("id", "name")
    return render(request, "telephony/call/list.html", context)


@require_GET
@studio()
def call_news(request: StudioRequest) -> HttpResponse:
    """Redraw the rows that were live, and tell how many calls came since."""
    seen = ids.read_all(request.GET.get("live", "").split(","))[:SEEN_LIMIT]
    newest = ids.read_all([request.GET.get("newest", "")])
    rows = reports.rows_of(request.workspace, seen) if seen else []
    filters = FilterForm(request.GET).filters(timezone.localdate())
    came = reports.came_since(request.workspace, filters, newest[0]) if newest else 0
    context = {
        "rows": listing.listed(rows, clock.now()),
        "live": [row.id for row in rows if row.is_live()],
        "newest": newest[0] if newest else "",
        "came": came,
        "asked": _asked(request),
    }
    return render(request, "telephony/call/_news.html", context)


@require_GET
@studio()
def call_detail(request: StudioRequest, call_id: UUID) -> HttpResponse:
    """Show one call: what happened, how it sounded, why it took that long."""
    report = reports.call_detail(request.workspace, call_id)
    if report is None:
        raise Http404
    if report.call.is_live():
        template = "telephony/call/live.html"
        if wants_fragment(request):
            template += "#story"
    elif wants_fragment(request):  # it ended while it was watched
        return HttpResponse(headers={"HX-Refresh": "true"})
    else:
        template = "telephony/call/detail.html"
    context = {**_story(report), "fragment": wants_fragment(request)}
    return render(request, template, context)


@require_POST
@studio("talk")
def call_end(request: StudioRequest, call_id: UUID) -> HttpResponse:
    """End a call that is under way."""
    call = get_object_or_404(request.workspace.calls, id=call_id)
    calls.cancel(call, by=request.user)
    return redirect("telephony:call-detail", call_id)


@require_GET
@studio()
def call_bill(request: StudioRequest, call_id: UUID) -> HttpResponse:
    """Show what a call cost, line by line, and the ledger's side of it."""
    call = get_object_or_404(request.workspace.calls, id=call_id)
    bill = billing_reports.bill(request.workspace, f"call:{call.id}")
    return render(request, "telephony/call/_bill.html", {"call": call, "bill": bill})


@require_GET
@studio()
def call_export(request: StudioRequest) -> HttpResponseBase:
    """Send what the filters match as CSV, a chunk at a time."""
    filters = FilterForm(request.GET).filters(timezone.localdate())
    chunks = reports.export(request.workspace, filters)
    return sheets.download(
        request,
        f"calls-{timezone.localdate():%Y-%m-%d}.csv",
        COLUMNS,
        (_cells(row) for chunk in chunks for row in chunk),
    )


def _asked(request: StudioRequest, *more: str) -> str:
    """Return the filters as they stand in the address, and ``more`` of it."""
    kept = (*FilterForm.base_fields, *more)
    return urlencode([(k, v) for k, v in request.GET.items() if v and k in kept])


def _poll(page: CallPage, request: StudioRequest) -> dict[str, object]:
    """Return what the page asks news of: live rows, and calls that came since."""
    is_first = not request.GET.get("cursor")
    return {
        "live": [row.id for row in page.rows if row.is_live()],
        "newest": page.rows[0].id if is_first and page.rows else "",
    }


def _carrier(leg: Leg) -> str:
    known = CARRIERS.get(leg.provider)
    return known.title if known else leg.provider


def _story(report: CallReport) -> dict[str, object]:
    call, recording = report.call, report.recording
    cuts = [event for event in report.events if event.kind == "interrupted"]
    length = (recording.duration_ms if recording else 0) or call.duration_ms
    return {
        "call": call,
        "outcome": outcomes.of(call),
        "live_s": int(
            (clock.now() - (call.started_at or call.created_at)).total_seconds()
        ),
        "lines": storyline.lines(report.segments, report.events, report.turns),
        "replies": storyline.replies(report.turns, report.events),
        "worst": max((turn.total_ms for turn in report.turns), default=None),
        "cuts": len(cuts),
        "events": [(event, storyline.facts(event)) for event in report.events],
        "marks": storyline.marks(report.events, length),
        "participants": report.participants,
        "phone_lines": [(leg, _carrier(leg)) for leg in report.legs],
        "recording": recording,
        "audio_url": recording and reverse("telephony:call-recording", args=[call.id]),
        "length_ms": length,
    }


@require_GET
@studio()
def call_transcript(request: StudioRequest, call_id: UUID) -> HttpResponse:
    """Send what was said as plain text."""
    report = reports.call_detail(request.workspace, call_id)
    if report is None:
        raise Http404
    told = [
        f"{wording.clock(line.at_ms)} {line.name or line.who.capitalize()}: {line.text}"
        + (f" [not heard: {line.unheard}]" if line.unheard else "")
        for line in storyline.lines(report.segments, [], [])
    ]
    response = HttpResponse(
        "\n".join([*told, ""]), content_type="text/plain; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="call-{call_id}.txt"'
    return response


COLUMNS = (
    "id",
    "created_at",
    "agent",
    "caller",
    "channel",
    "direction",
    "status",
    "ended_by",
    "what_happened",
    "duration_seconds",
    "billed_minutes",
    "cost_usd",
    "reply_time_median_ms",
)


def _cells(row: CallRow) -> list[object]:
    outcome = outcomes.of(row)
    return [
        row.id,
        timezone.localtime(row.created_at).isoformat(timespec="seconds"),
        sheets.plain(row.agent_name),
        sheets.plain(row.caller),
        row.channel,
        row.direction,
        row.status,
        outcome.ended_by,
        sheets.plain(row.summary or outcome.sentence),
        f"{row.duration_ms / 1000:.1f}",
        row.billed_ms / 60_000,
        "" if row.charge_micros is None else f"{money.usd(row.charge_micros):.4f}",
        row.latency_p50_ms,
    ]
