"""The ledger, line by line, and as a table to take away."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.access import StudioRequest, studio
from billing import usage
from billing.models import LedgerEntry
from common import clock, ids, sheets

PER_PAGE = 50
WORDS = {
    LedgerEntry.Kind.TOP_UP: "Top-up",
    LedgerEntry.Kind.GRANT: "Gift",
    LedgerEntry.Kind.CALL: "Captured for a call",
    LedgerEntry.Kind.ADJUSTMENT: "Adjusted by staff",
    LedgerEntry.Kind.REFUND: "Given back",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A ledger entry in words."""

    entry: LedgerEntry
    words: str
    note: str
    url: str  # of the call it is about


def listed(entries: Iterable[LedgerEntry]) -> list[Line]:
    """Put entries into words."""
    return [_line(each) for each in entries]


def _line(entry: LedgerEntry) -> Line:
    words = WORDS[LedgerEntry.Kind(entry.kind)]
    if entry.kind in (LedgerEntry.Kind.TOP_UP, LedgerEntry.Kind.GRANT) and entry.note:
        return Line(entry, entry.note, "", "")
    return Line(entry, words, entry.note, _url(entry))


def _url(entry: LedgerEntry) -> str:
    kind, _, wanted = entry.source.partition(":")
    if kind != "call" or entry.workspace_id != entry.wallet_id:
        return ""  # a client's call stands in the client's workspace
    call = ids.read(wanted)
    return reverse("telephony:call-detail", args=[call]) if call else ""


@require_GET
@studio("pay")
def page(request: StudioRequest) -> HttpResponse:
    """List the ledger, the last first; pages are cut by the entries' own numbers."""
    rows = LedgerEntry.objects.filter(wallet_id=request.workspace.pk)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 16:
        rows = rows.filter(sequence__lt=int(before))
    found = list(rows.order_by("-sequence")[: PER_PAGE + 1])
    older = found[PER_PAGE - 1].sequence if len(found) > PER_PAGE else None
    context = {"lines": listed(found[:PER_PAGE]), "older": older, "before": before}
    return render(request, "billing/ledger.html", context)


@require_GET
@studio("pay")
def table(request: StudioRequest) -> HttpResponseBase:
    """Give the ledger as CSV."""
    entries = LedgerEntry.objects.filter(wallet_id=request.workspace.pk)
    return sheets.download(
        request,
        f"ledger-{clock.now():%Y-%m-%d}.csv",
        ("number", "time_utc", "kind", "usd", "balance_usd", "source", "note"),
        _rows(entries.order_by("sequence").iterator(chunk_size=1_000)),
    )


def _rows(entries: Iterable[LedgerEntry]) -> Iterator[list[object]]:
    for entry in entries:
        yield [
            entry.sequence,
            entry.created_at.isoformat(timespec="seconds"),
            entry.kind,
            usage.usd_text(entry.amount_micros),
            usage.usd_text(entry.balance_after_micros),
            sheets.plain(entry.source),
            sheets.plain(entry.note),
        ]
