"""Whom nobody here calls: look, add, import, check, take off."""

import csv
import io
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import StudioRequest, studio
from common import ids
from common.errors import Refusal
from telephony import do_not_call
from telephony.phone_numbers import normalised

PER_PAGE = 50
MOST_BYTES = 1_000_000
BY_HAND = "Added in Studio"


@require_GET
@studio()
def entry_list(request: StudioRequest) -> HttpResponse:
    """List the numbers, latest first, and tell of one whether it is there."""
    rows = request.workspace.do_not_call.order_by("-pk")
    before = ids.read(request.GET.get("before", ""))
    rows = rows.filter(pk__lt=before) if before else rows
    wanted = request.GET.get("q", "").strip()
    checked = None
    if wanted:
        (checked,) = do_not_call.check(request.workspace, [wanted])
        rows = rows.filter(phone__startswith=checked.normalized or wanted)
    found = list(rows[: PER_PAGE + 1])
    words: dict[str, Any] = {
        "entries": found[:PER_PAGE],
        "older": found[PER_PAGE - 1].pk if len(found) > PER_PAGE else None,
        "is_first": not before,
        "q": wanted,
        "checked": checked,
    }
    return render(request, "telephony/number/do_not_call.html", words)


@require_POST
@studio("edit")
def entry_new(request: StudioRequest) -> HttpResponse:
    """Block numbers: typed, pasted, or in a file whose cells are looked through."""
    given = _numbers(request)
    reason = request.POST.get("reason", "").strip() or BY_HAND
    if not given:
        raise Refusal("There is no number in that. Write one a line, or choose a file.")
    count, invalid = do_not_call.add_all(request.workspace, given, reason=reason)
    messages.success(request, f"{count} number{'' if count == 1 else 's'} blocked.")
    if invalid:
        shown = ", ".join(invalid[:3])
        messages.warning(request, f"{len(invalid)} could not be read: {shown}")
    return redirect("telephony:do-not-call-list")


@require_POST
@studio("edit")
def entry_removal(request: StudioRequest, entry_id: UUID) -> HttpResponse:
    """Allow calls to a number again."""
    entry = get_object_or_404(request.workspace.do_not_call, pk=entry_id)
    do_not_call.remove(request.workspace, entry.phone, by=request.user)
    messages.success(request, f"{entry.phone} may be called again.")
    return redirect("telephony:do-not-call-list")


def _numbers(request: StudioRequest) -> list[str]:
    """Return what was typed, and of a file every cell that can be a number."""
    typed = request.POST.get("numbers", "").replace(",", "\n").replace(";", "\n")
    given = [line.strip() for line in typed.splitlines() if line.strip()]
    file = request.FILES.get("file")
    if file is None:
        return given[:50_000]
    text = file.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise Refusal("The file is larger than 1 MB. Split it.")
    region = request.workspace.operating_country
    for row in csv.reader(io.StringIO(text.decode("utf-8-sig", errors="replace"))):
        given += [cell.strip() for cell in row if normalised(cell, region)]
    return given[:50_000]
