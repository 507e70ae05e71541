"""Invoices and statements as PDF, for people who file things."""

from collections.abc import Sequence
from io import BytesIO
from xml.sax.saxutils import escape

from django.conf import settings
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from billing.invoices import Consumption
from billing.models import Invoice
from billing.usage import Statement
from common.wording import minutes, usd

STYLES = getSampleStyleSheet()
INK, LINE = colors.HexColor("#1b2a2c"), colors.HexColor("#c9c4ba")


def invoice(paper: Invoice, consumption: Consumption | None) -> bytes:
    """Write an invoice or a credit note."""
    title = "Credit note" if paper.kind == Invoice.Kind.ADJUSTMENT else "Invoice"
    facts = [
        ("Billed to", f"{paper.billed_to} {paper.country}".strip()),
        ("Issued", f"{paper.issued_at:%d %B %Y}"),
        ("State", paper.get_status_display()),
    ]
    if paper.paid_with:
        facts.append(("Paid with", paper.paid_with))
    items = [
        (item.description, _cents(item.amount_minor)) for item in paper.items.all()
    ]
    parts: list[object] = [
        *_head(f"{title} {paper.number}", facts),
        _table(("Item", "Amount"), items, ("Total", _cents(paper.total_minor))),
    ]
    if consumption and consumption.used:
        rows = [
            (f"{each.label}, {each.calls:,} calls", usd(each.micros))
            for each in consumption.used
        ]
        parts += [
            Spacer(0, 8 * mm),
            Paragraph("What these credits paid for, by agent", STYLES["Heading3"]),
            _table(
                ("Agent", "Amount"),
                rows,
                ("Not spent yet", usd(consumption.left_micros)),
            ),
        ]
    return _pdf(f"{title} {paper.number}", parts)


def statement(paper: Statement, name: str) -> bytes:
    """Write a month's statement."""
    facts = [
        ("Workspace", name),
        ("Month (UTC)", f"{paper.month:%B %Y}"),
        ("Balance at the beginning", usd(paper.opening_micros)),
        ("Balance at the end", usd(paper.closing_micros)),
    ]
    moves = [(f"{words}, {n:,}", usd(micros)) for words, n, micros in paper.moves]
    agents = [
        (each.label, f"{each.calls:,}", minutes(each.billed_ms), usd(each.micros))
        for each in paper.usage.agents
    ]
    total = paper.usage.total
    parts = [
        *_head(f"Statement {paper.number}", facts),
        _table(
            ("Movement", "Amount"),
            moves,
            ("Change", usd(paper.closing_micros - paper.opening_micros)),
        ),
        Spacer(0, 8 * mm),
        Paragraph("Calls by agent", STYLES["Heading3"]),
        _table(
            ("Agent", "Calls", "Billed", "Charged"),
            agents,
            (
                "Total",
                f"{total.calls:,}",
                minutes(total.billed_ms),
                usd(total.micros),
            ),
        ),
    ]
    return _pdf(f"Statement {paper.number}", parts)


def _head(title: str, facts: Sequence[tuple[str, str]]) -> list[object]:
    rows = [[_text(name), _text(value)] for name, value in facts]
    table = Table(rows, colWidths=[50 * mm, None], hAlign="LEFT")
    return [
        Paragraph(escape(settings.INVOICE_FROM), STYLES["Normal"]),
        Spacer(0, 10 * mm),
        Paragraph(escape(title), STYLES["Title"]),
        table,
        Spacer(0, 8 * mm),
    ]


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], total: Sequence[str]
) -> Table:
    content = [
        [_text(cell) if n == 0 else cell for n, cell in enumerate(row)]
        for row in (head, *rows, total)
    ]
    widths = [None, *[32 * mm] * (len(head) - 1)]
    table = Table(content, colWidths=widths, repeatRows=1, hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
                ("TEXTCOLOR", (0, 0), (-1, -1), INK),
                ("LINEBELOW", (0, 0), (-1, 0), 0.6, LINE),
                ("LINEABOVE", (0, -1), (-1, -1), 0.6, LINE),
                ("FONTNAME", (0, -1), (-1, -1), "Helvetica-Bold"),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table


def _text(words: str) -> Paragraph:
    return Paragraph(escape(words), STYLES["Normal"])


def _cents(minor: int) -> str:
    return f"{'−' if minor < 0 else ''}${abs(minor) / 100:,.2f}".replace("−", "-")


def _pdf(title: str, parts: Sequence[object]) -> bytes:
    buffer = BytesIO()
    page = SimpleDocTemplate(
        buffer, pagesize=A4, title=title, author="Rymi", margin=20 * mm
    )
    page.build(list(parts))
    return buffer.getvalue()
