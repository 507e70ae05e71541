"""What a company's own website says of it, read by rules; nothing is made up."""

from dataclasses import dataclass
from urllib.parse import urljoin

import trafilatura

from agents import brief as briefs
from common import http

SLOW_S = 8.0
MOST_BYTES = 1_500_000
LONGEST = 700  # characters of a description
LONGEST_FACT = 400
HOPS = 3  # redirects of a website to its real address


@dataclass(frozen=True, slots=True)
class Company:
    """What was found; ``error`` says in a sentence why nothing was."""

    description: str = ""
    facts: tuple[str, ...] = ()
    error: str = ""


def enrich(name: str, website: str) -> Company:
    """Read the page at ``website``. Waits for it, up to a few times 8 seconds."""
    url = website if "://" in website else f"https://{website}"
    try:
        body = _read(url)
    except http.OutboundError as error:
        return Company(error=str(error))
    if not body:
        return Company(error="The website did not answer with a page.")
    meta = trafilatura.extract_metadata(body)
    text = trafilatura.extract(body, include_comments=False) or ""
    description = (meta.description if meta else "") or text.split("\n", 1)[0]
    found = briefs.read(f"{name}. {text[:20_000]}")
    facts = [
        f"{label}: {value}"
        for label, value in (
            ("Opening hours", found.opening_hours),
            ("Address", found.address),
            ("Telephone", found.phone),
            ("Services", found.services),
        )
        if value
    ]
    if not (description or facts):
        return Company(error="The page holds no text that could be read.")
    return Company(description[:LONGEST], tuple(fact[:LONGEST_FACT] for fact in facts))


def _read(url: str) -> str:
    for _ in range(HOPS):
        reply = http.send("GET", url, timeout_s=SLOW_S, max_bytes=MOST_BYTES)
        if reply.status in (301, 302, 303, 307, 308):
            # Each hop is checked like the first: none leads to a private network.
            url = urljoin(url, reply.headers.get("location", ""))
            continue
        return reply.body.decode(errors="replace") if reply.status == 200 else ""
    return ""
