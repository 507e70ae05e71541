"""From a document to plain text with headings marked by ``#``.

Documents are strangers' work, so this runs as a process of its own with bounded memory
and time (see ``sandbox``): ``python -m agents.knowledge.extraction pdf`` reads the
document from standard input and writes one JSON object. It knows no Django.
"""

import io
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

LONGEST = 10_000_000  # characters of text in one document
MOST_PAGES = 2_000
MOST_FILES = 2_000  # in a docx, which is a zip
LARGEST_UNZIPPED = 100_000_000  # bytes
MOST_BLOWN_UP = 200  # times the packed size, of entries that matter
DEEPEST = 40  # levels of JSON


class Unreadable(Exception):
    """The document cannot be read; the sentence says how to mend that."""


class TooLong(Unreadable):
    """It holds more text than a source may."""

    def __init__(self) -> None:
        super().__init__(
            f"It holds more than {LONGEST:,} characters of text. Split it."
        )


def read(kind: str, content: bytes) -> tuple[str, str]:
    """Return a document's title, if it names one, and its text."""
    title, text = READERS[kind](content)
    text = text.replace("\x00", "").strip()
    if not text:
        raise Unreadable(
            "No text was found in it. A scanned document has to be made searchable"
            " (OCR) first."
        )
    if len(text) > LONGEST:
        raise TooLong
    return title.strip(), text


def _plain(content: bytes) -> tuple[str, str]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "", content.decode("utf-16", errors="replace")
    if b"\x00" in content:
        raise Unreadable("This is not a text file. Save it as UTF-8 text.")
    try:
        return "", content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    return "", content.decode("cp1252", errors="replace")


def _json(content: bytes) -> tuple[str, str]:
    try:
        document = json.loads(_plain(content)[1])
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"This is not valid JSON: {error}.") from None
    return "", "\n".join(_leaves(document, "", 0))


def _leaves(value: Any, path: str, depth: int) -> Iterator[str]:
    """Write every value behind the names that lead to it; an object a paragraph."""
    if depth > DEEPEST:
        raise Unreadable("The JSON is nested too deeply. Flatten it.")
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, f"{path} {key}".strip(), depth + 1)
        yield ""
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, path, depth + 1)
    elif value not in (None, ""):
        yield f"{path}: {value}" if path else str(value)


def _pdf(content: bytes) -> tuple[str, str]:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("It is locked with a password. Save it without one.")
    pages = len(reader.pages)
    if pages > MOST_PAGES:
        raise Unreadable(f"It has {pages:,} pages; {MOST_PAGES:,} are the most.")
    parts, length = [], 0
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text() or ""
        if text.strip():
            parts.append(f"# Page {number}\n\n{text}")
        length += len(text)
        if length > LONGEST:
            break
    title = str(reader.metadata.title or "") if reader.metadata else ""
    return title, "\n\n".join(parts)


def _docx(content: bytes) -> tuple[str, str]:
    _refuse_bombs(content)
    from docx import Document

    document = Document(io.BytesIO(content))
    lines = []
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            lines += _table(block)
            continue
        style = block.style.name if block.style and block.style.name else ""
        level = style.removeprefix("Heading ")
        mark = "#" * int(level) + " " if level.isdigit() else ""
        lines.append(("# " if style == "Title" else mark) + block.text)
    return str(document.core_properties.title or ""), "\n\n".join(lines)


def _table(table: Any) -> list[str]:
    rows = []
    for row in table.rows:
        cells = list(dict.fromkeys(cell.text.strip() for cell in row.cells))
        rows.append(" | ".join(filter(None, cells)))
    return ["\n".join(rows)]


def _refuse_bombs(content: bytes) -> None:
    """Look at a zip's table of contents before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
    except (zipfile.BadZipFile, ValueError) as error:
        raise Unreadable("The file is damaged, or no Word document.") from error
    total = sum(entry.file_size for entry in entries)
    blown_up = any(
        entry.file_size > 1_000_000
        and entry.file_size > MOST_BLOWN_UP * max(1, entry.compress_size)
        for entry in entries
    )
    if len(entries) > MOST_FILES or total > LARGEST_UNZIPPED or blown_up:
        raise Unreadable(
            "Unpacked, it is far bigger than it looks, and was not opened."
        )


def _html(content: bytes) -> tuple[str, str]:
    import nh3
    import trafilatura

    text = _decoded(content)
    told = trafilatura.extract_metadata(text)
    found = trafilatura.extract(
        text,
        output_format="markdown",
        include_comments=False,
        include_tables=True,
        include_formatting=True,
        include_links=False,
        favor_recall=True,
    )
    if not found:  # no article in it: take every word that is shown
        bare = nh3.clean(text, tags=set(), clean_content_tags={"script", "style"})
        found = "\n".join(line.strip() for line in bare.splitlines() if line.strip())
    return (told.title or "") if told else "", found.replace("**", "")


def _decoded(content: bytes) -> str:
    from trafilatura.utils import decode_file

    return str(decode_file(content))


READERS: dict[str, Callable[[bytes], tuple[str, str]]] = {
    "txt": _plain,
    "md": _plain,
    "json": _json,
    "pdf": _pdf,
    "docx": _docx,
    "html": _html,
}


def main() -> None:
    """Read one document; whatever it does to us stays in this process."""
    kind, content = sys.argv[1], sys.stdin.buffer.read()
    try:
        title, text = read(kind, content)
        answer = {"title": title, "text": text}
    except TooLong as error:
        answer = {"too_long": str(error)}
    except Unreadable as error:
        answer = {"unreadable": str(error)}
    except MemoryError:
        answer = {"unreadable": "Unpacked, it is far too big."}
    except Exception as error:  # parsers raise all sorts over broken documents
        answer = {"unreadable": f"The file is damaged ({type(error).__name__})."}
    told = json.dumps(answer, ensure_ascii=False)
    sys.stdout.buffer.write(told.encode(errors="replace"))


if __name__ == "__main__":
    main()
