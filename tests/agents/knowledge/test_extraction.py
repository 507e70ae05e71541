import pytest

from agents.knowledge import sandbox
from agents.knowledge.extraction import Unreadable, read
from tests.agents.knowledge import documents


def test_a_pdf_is_read_page_by_page():
    title, text = read("pdf", documents.pdf("Opening hours\nMonday to Friday", "Fees"))

    assert title == "Handbook"
    assert "# Page 1" in text
    assert "Monday to Friday" in text
    assert text.index("# Page 2") < text.index("Fees")


def test_a_word_document_keeps_its_headings_and_tables():
    title, text = read("docx", documents.docx())

    assert title == "Prices 2026"
    assert "## Hygiene" in text
    assert "costs £62" in text
    assert "Whitening | £280" in text


def test_a_page_is_read_without_its_scripts():
    title, text = read("html", documents.HTML)

    assert title == "Getting here"
    assert "twelve free spaces" in text
    assert "Lines 8 and 76" in text
    assert "evil" not in text


def test_json_becomes_lines_that_name_what_they_are():
    _, text = read("json", b'{"prices": [{"name": "Crown", "gbp": 540}]}')

    assert "prices name: Crown" in text
    assert "prices gbp: 540" in text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_the_usual_encodings(encoding):
    assert read("txt", "Café: £3".encode(encoding)) == ("", "Café: £3")


@pytest.mark.parametrize(
    ("kind", "content", "why"),
    [
        ("docx", documents.zip_bomb(), "bigger than it looks"),
        ("docx", b"PK\x03\x04 not a zip", "damaged"),
        ("pdf", documents.pdf("secret", password="hunter2"), "password"),
        ("pdf", documents.pdf(""), "No text"),
        ("pdf", b"%PDF-1.7 broken", "damaged"),
        ("json", b"[" * 100_000, "JSON"),
        ("json", b"{", "not valid JSON"),
        ("txt", b"\x00\x01\x02", "not a text file"),
        ("txt", b"   ", "No text"),
    ],
)
def test_what_cannot_be_read_says_why(kind, content, why):
    with pytest.raises(Unreadable, match=why):
        sandbox.read(kind, content)


def test_memory_that_a_document_takes_is_bounded(monkeypatch):
    monkeypatch.setattr(sandbox, "MEMORY", 40_000_000)

    with pytest.raises(Unreadable, match="too (much|big)"):
        sandbox.read("pdf", documents.pdf("fine"))


def test_the_reader_sees_no_secret_of_ours(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "canary-7341")
    seen = {}
    real = sandbox.subprocess.run

    def run(*args, **kwargs):
        seen.update(kwargs["env"])
        return real(*args, **kwargs)

    monkeypatch.setattr(sandbox.subprocess, "run", run)
    sandbox.read("txt", b"fine")

    assert set(seen) == {"PATH", "OPENBLAS_NUM_THREADS"}
