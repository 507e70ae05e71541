"""Fetching a web page that a customer named: public addresses only, checked at each
step of a redirect."""

from urllib.parse import urljoin, urlsplit

from agents.models import KnowledgeSource
from common import http

TIMEOUT_S = 15.0
LARGEST = 10_000_000  # bytes
MOST_REDIRECTS = 5
AGENT = "RymiKnowledge/1.0"
KINDS = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "application/json": "json",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
Failure = KnowledgeSource.Failure


class Failed(Exception):
    """The page was not read; ``again``: it may be on another try."""

    def __init__(self, failure: str, detail: str, *, again: bool = False) -> None:
        super().__init__(detail)
        self.failure = failure
        self.detail = detail
        self.again = again


def fetch(url: str) -> tuple[str, bytes]:
    """Return the kind of document behind an address, and its content."""
    for _ in range(MOST_REDIRECTS + 1):
        reply = _send(url)
        if reply.status not in (301, 302, 303, 307, 308):
            return _read(reply)
        url = _next(url, _header(reply, "location"))
        if not url:
            break
    raise Failed(
        Failure.FETCH_FAILED,
        "The page sends us on and on. Give the address where it ends.",
    )


def _next(url: str, location: str) -> str:
    """Return where a page sends us on, "" where that is no web address."""
    try:
        found = urljoin(url, location)
        return found if urlsplit(found).scheme in ("http", "https") else ""
    except ValueError:  # brackets without an address in them
        return ""


def _send(url: str) -> http.Reply:
    headers = {
        "User-Agent": AGENT,
        "Accept": "text/html, text/*;q=0.9, */*;q=0.5",
        "Accept-Encoding": "identity",  # what is unpacked has no bounds
    }
    try:
        return http.send(
            "GET", url, headers=headers, timeout_s=TIMEOUT_S, max_bytes=LARGEST
        )
    except http.Forbidden as error:
        raise Failed(Failure.PERMISSION_DENIED, str(error)) from None
    except http.Unreachable as error:
        raise Failed(
            Failure.FETCH_FAILED,
            f"The page could not be reached. {error}"[:300],
            again=True,
        ) from None


def _read(reply: http.Reply) -> tuple[str, bytes]:
    if reply.status in (401, 403):
        raise Failed(
            Failure.PERMISSION_DENIED,
            f"The site answered {reply.status}: the page is not open to everybody."
            " Paste its text, or upload it as a file.",
        )
    if not 200 <= reply.status < 300:
        raise Failed(
            Failure.FETCH_FAILED,
            f"The site answered {reply.status}. Check the address in a browser.",
            again=reply.status >= 500 or reply.status == 429,
        )
    if reply.truncated:
        raise Failed(
            Failure.FILE_TOO_LARGE,
            f"The page is larger than {LARGEST // 1_000_000} MB. Give a page with the"
            " part that callers ask about.",
        )
    told = _header(reply, "content-type").partition(";")[0].strip().lower()
    kind = KINDS.get(told or "text/html")
    if kind is None:
        raise Failed(
            Failure.UNSUPPORTED_MIME_TYPE,
            f"The address holds {told}, which cannot be read. Give a web page, or"
            " upload a file.",
        )
    return kind, reply.body


def _header(reply: http.Reply, name: str) -> str:
    return reply.headers.get(name, "")
