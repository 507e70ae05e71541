"""Queue & Fanout: lists of people to call, how far each has come, pause and cancel."""

import csv
import io
import re
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)

from accounts.access import StudioRequest, studio
from billing import plans
from common import clock, ids
from common.errors import Refusal
from common.htmx import wants_fragment
from telephony import (
    admission,
    connections,
    fanout_reports,
    fanout_words,
    fanouts,
)
from telephony.models import Call, Fanout
from telephony.studio import agents

PER_PAGE = 30
MOST_BYTES = 1_000_000


@require_GET
@studio()
def fanout_list(request: StudioRequest) -> HttpResponse:
    """List the queues, latest first, and what they may use."""
    rows = request.workspace.fanouts.select_related("agent").order_by("-pk")
    before = ids.read(request.GET.get("before", ""))
    rows = rows.filter(pk__lt=before) if before else rows
    found = list(rows[: PER_PAGE + 1])
    page = found[:PER_PAGE]
    progress = fanout_reports.progress_of(page)
    words = {
        "rows": [fanout_words.listed(each, progress[each.pk]) for each in page],
        "older": page[-1].pk if len(found) > PER_PAGE else None,
        "is_first": not before,
        "open": request.GET.get("open") == "new",
        **_load(request),
    }
    if wants_fragment(request):
        return render(request, "telephony/fanout/list.html#queues", words)
    return render(request, "telephony/fanout/list.html", words)


@require_http_methods(["GET", "POST"])
@studio("talk")
def fanout_new(request: StudioRequest) -> HttpResponse:
    """Put people into a queue."""
    if not request.htmx:
        return redirect("telephony:fanout-list")
    if request.method == "GET":
        return _form(request)
    try:
        fanout = _start(request)
    except Refusal as refusal:
        return _form(request, refusal=refusal.message, status=422)
    return HttpResponse(headers={"HX-Redirect": fanout_words.url(fanout)})


@require_GET
@studio()
def fanout_detail(request: StudioRequest, fanout_id: UUID) -> HttpResponse:
    """Show one queue: progress, people, why it waits."""
    fanout = _fanout(request, fanout_id)
    outcome = request.GET.get("state", "")
    after = request.GET.get("after", "")
    people, more = fanout_reports.people(
        fanout, outcome, int(after) if after.isdigit() else -1
    )
    progress = fanout_reports.progress(fanout)
    words = {
        "fanout": fanout,
        "status": fanout_words.status(fanout),
        "held": fanout_words.held(fanout),
        "progress": progress,
        "bar": fanout_words.bar(progress),
        "filters": fanout_words.filters(progress, outcome),
        "people": [fanout_words.person(each) for each in people],
        "more": more,
        "state": outcome,
        **_load(request),
    }
    template = "telephony/fanout/detail.html"
    return render(
        request, f"{template}#live" if wants_fragment(request) else template, words
    )


@require_POST
@studio("talk")
def fanout_pause(request: StudioRequest, fanout_id: UUID) -> HttpResponse:
    """Call nobody more for now."""
    fanout = _fanout(request, fanout_id)
    fanouts.pause(fanout, by=request.user)
    messages.success(request, "Paused. Who is on the line talks on.")
    return redirect("telephony:fanout-detail", fanout_id)


@require_POST
@studio("talk")
def fanout_resumption(request: StudioRequest, fanout_id: UUID) -> HttpResponse:
    """Go on calling."""
    fanouts.resume(_fanout(request, fanout_id), by=request.user, now=clock.now())
    messages.success(request, "Calling again.")
    return redirect("telephony:fanout-detail", fanout_id)


@require_POST
@studio("talk")
def fanout_cancellation(request: StudioRequest, fanout_id: UUID) -> HttpResponse:
    """Call nobody more for good."""
    fanouts.cancel(_fanout(request, fanout_id), by=request.user, now=clock.now())
    messages.success(request, "Canceled. Nobody else is called.")
    return redirect("telephony:fanout-detail", fanout_id)


def _fanout(request: StudioRequest, fanout_id: UUID) -> Fanout:
    found: Fanout = get_object_or_404(
        request.workspace.fanouts.select_related("agent__published", "room"),
        pk=fanout_id,
    )
    return found


def _load(request: StudioRequest) -> dict[str, Any]:
    limits = plans.limits(request.workspace)
    return {
        "queue": fanout_reports.queue(request.workspace),
        "lines": request.workspace.calls.filter(status__in=Call.LIVE).count(),
        "most_lines": limits.concurrent_calls,
        "today": admission.calls_today(request.workspace, clock.now()),
        "most_today": limits.daily_calls,
    }


def _form(
    request: StudioRequest, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    connection = connections.active(request.workspace)
    words = {
        "agents": agents.published(request.workspace),
        "numbers": (
            request.workspace.numbers.filter(provider=connection.provider).order_by(
                "id"
            )
            if connection
            else []
        ),
        "connection": connection,
        "given": request.POST,
        "refusal": refusal,
    }
    return render(request, "telephony/fanout/_new.html", words, status=status)


def _start(request: StudioRequest) -> Fanout:
    data, agent = request.POST, agents.chosen(request)
    return fanouts.start(
        fanouts.Wanted(
            agent=agent,
            people=_people(request),
            name=data.get("name", "").strip(),
            in_one_room=data.get("room") == "one",
            from_number=data.get("from", ""),
            by=request.user,
        ),
        now=clock.now(),
    )


def _people(request: StudioRequest) -> list[fanouts.Person]:
    """Read a number a line, and a file: its column of numbers, the others as metadata."""
    typed = [
        fanouts.Person(line.strip())
        for line in request.POST.get("numbers", "").splitlines()
        if line.strip()
    ]
    upload = request.FILES.get("file")
    if upload is None:
        return typed
    if (upload.size or 0) > MOST_BYTES:
        raise Refusal("The file is larger than 1 MB. A queue has 500 people at most.")
    text = upload.read().decode("utf-8-sig", errors="replace")
    return typed + _rows(text)


def _rows(text: str) -> list[fanouts.Person]:
    rows = [row for row in csv.reader(io.StringIO(text)) if any(map(str.strip, row))]
    if not rows:
        return []
    head = [name.strip().lower() for name in rows[0]]
    known = ("phone", "phone_number", "number", "to", "mobile")
    at = next((head.index(name) for name in known if name in head), None)
    if at is None:  # no head: the first cell that looks like a number
        return [fanouts.Person(found) for row in rows if (found := _number(row))]
    return [
        fanouts.Person(
            row[at].strip(),
            metadata={
                name: value.strip()[:500]
                for name, value in zip(head, row, strict=False)
                if name and name != head[at] and value.strip()
            },
        )
        for row in rows[1:]
        if len(row) > at and row[at].strip()
    ]


def _number(row: list[str]) -> str:
    return next((c.strip() for c in row if re.search(r"\d{5}", c)), "")
