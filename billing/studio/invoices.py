"""Invoices and monthly statements, to look at and to take away."""

from collections.abc import Iterator
from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import StudioRequest, studio
from billing import invoices, papers, usage
from billing.models import Invoice
from billing.studio.overview import month_of
from common import clock, sheets


@require_GET
@studio("pay")
def page(request: StudioRequest, invoice_id: UUID) -> HttpResponse:
    """Show an invoice, in the drawer or alone, to print."""
    invoice = _wanted(request, invoice_id)
    context = {"invoice": invoice, "consumption": invoices.consumption(invoice)}
    template = "billing/invoice.html" + ("#drawer" if request.htmx else "")
    return render(request, template, context)


@require_GET
@studio("pay")
def paper(request: StudioRequest, invoice_id: UUID) -> HttpResponse:
    """Give an invoice as PDF."""
    invoice = _wanted(request, invoice_id)
    content = papers.invoice(invoice, invoices.consumption(invoice))
    return _pdf(content, f"{invoice.number}.pdf")


def _wanted(request: StudioRequest, invoice_id: UUID) -> Invoice:
    invoice = invoices.of(request.workspace, invoice_id)
    if invoice is None:
        raise Http404
    return invoice


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_GET
@studio("pay")
def table(request: StudioRequest) -> HttpResponseBase:
    """Give all invoices as CSV."""
    return sheets.download(
        request,
        f"invoices-{clock.now():%Y-%m-%d}.csv",
        ("number", "issued", "kind", "state", "net_usd", "tax_usd", "total_usd"),
        _rows(request.workspace.invoices.order_by("id").iterator()),
    )


def _rows(found: Iterator[Invoice]) -> Iterator[list[object]]:
    for each in found:
        yield [
            each.number,
            f"{each.issued_at:%Y-%m-%d}",
            each.kind,
            each.status,
            f"{each.subtotal_minor / 100:.2f}",
            f"{each.tax_minor / 100:.2f}",
            f"{each.total_minor / 100:.2f}",
        ]


@require_GET
@studio("pay")
def statement(request: StudioRequest, month: str) -> HttpResponse:
    """Give a month's statement as PDF."""
    first = month_of(month)
    if first is None or first > clock.now().date():
        raise Http404
    found = usage.statement(request.workspace, first)
    content = papers.statement(found, request.workspace.name)
    return _pdf(content, f"statement-{month}.pdf")
