"""Documents of every kind, made here, good and evil."""

import io
import zipfile

from docx import Document
from reportlab.pdfgen.canvas import Canvas


def pdf(*pages: str, password: str = "") -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=password or None)
    canvas.setTitle("Handbook")
    for page in pages:
        for number, line in enumerate(page.splitlines()):
            canvas.drawString(72, 720 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def docx() -> bytes:
    document = Document()
    document.core_properties.title = "Prices 2026"
    document.add_heading("Prices", 1)
    document.add_heading("Hygiene", 2)
    document.add_paragraph("A hygiene appointment takes 30 minutes and costs £62.")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text = "Whitening"
    table.rows[0].cells[1].text = "£280"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("word/document.xml", b"0" * 120_000_000)
    return out.getvalue()


HTML = b"""<html><head><title>Parking - Brightwater</title><script>var x = "evil()";</script></head>
<body><nav>Home About Contact</nav><main><article><h1>Getting here</h1>
<p>There is a car park behind the surgery with twelve free spaces for patients.</p>
<h2>By bus</h2><p>Lines 8 and 76 stop right in front of the door, every ten minutes.</p></article></main>
</body></html>"""
