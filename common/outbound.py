"""Addresses that customers make us call: which are well formed, and where they lead.

    OutboundError
    ├── Forbidden     the address itself is not one we call
    └── Unreachable   nothing usable came back

Nothing is looked up here: ``common.network`` judges what a name resolves to, at the
moment of connecting. Only this parser reads the text; all else is handed its parts.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import idna

from common import public

# One sentence for whatever the network says, so that nobody can map networks by us.
NO_ANSWER = (
    "That address gave no usable answer. It must be reachable from the public internet."
)
NO_ADDRESS = "That is not a web address."
NOT_PUBLIC = "That address is not on the public internet."

_VISIBLE = re.compile(r"[!-~\u00a0-\uffff\U00010000-\U0010ffff]+")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?")
_LOCAL_NAMES = ("localhost", "local", "internal", "localdomain", "home.arpa", "onion")
_KEPT = "/?:@!$&'()*+,;=-._~%[]|^`{}"  # what a target keeps as it is
# Above 1023, where databases and others listen that might take HTTP for commands.
_OTHER_TRADES = frozenset(
    {1433, 1521, 2049, 2375, 2379, 3306, 3389, 5060, 5061, 5432, 5672, 5900, 6000}
    | {6379, 6443, 9042, 9200, 10080, 10250, 11211, 27017}
)


class OutboundError(Exception):
    """A call that a customer asked for could not be made; the text is for them."""


class Forbidden(OutboundError):
    """The address is not one that may be called; trying again will not help."""


class Unreachable(OutboundError):
    """Nothing usable came back; ``reason`` is for our own log alone."""

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(NO_ANSWER)
        self.reason = reason
        self.timed_out = timed_out  # may be told: whoever waits sees it anyhow


@dataclass(frozen=True)
class Destination:
    """Where a request goes."""

    scheme: str
    host: str  # a name in ASCII, or a literal address without brackets
    port: int
    target: str  # path and query
    allowed_only: bool  # plain http where https is asked for: the operator's own nets

    @property
    def authority(self) -> str:
        """Return the Host header: the name as it was given, never the address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == (443 if self.scheme == "https" else 80)
        return host if usual else f"{host}:{self.port}"


def parse(url: str, *, https_only: bool = False) -> Destination:
    """Read an address; raises ``Forbidden`` with a sentence for whoever typed it.

    ``https_only`` still lets plain http into networks that the operator allowed.
    """
    if not _VISIBLE.fullmatch(url) or "\\" in url:
        raise Forbidden(NO_ADDRESS)
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise Forbidden(NO_ADDRESS) from None
    if parts.scheme not in ("http", "https"):
        raise Forbidden("Addresses begin with https://.")
    if "@" in parts.netloc:
        raise Forbidden("An address must hold no name or password.")
    plain = https_only and parts.scheme == "http"
    if plain and not public.allows_any():
        raise Forbidden("The address must begin with https://.")
    name = _host(host, bracketed="[" in parts.netloc)
    number = port if port is not None else (443 if parts.scheme == "https" else 80)
    if (number < 1024 and number not in (80, 443)) or number in _OTHER_TRADES:
        raise Forbidden("Use port 443, 80 or one above 1023 that serves the web.")
    target = quote(urlunsplit(("", "", parts.path or "/", parts.query, "")), _KEPT)
    return Destination(parts.scheme, name, number, target, plain)


def _host(host: str, *, bracketed: bool) -> str:
    if bracketed:
        return _address(host)
    try:
        name = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        raise Forbidden(NO_ADDRESS) from None
    if not _HOST.fullmatch(name) or len(name) > 253:
        raise Forbidden(NO_ADDRESS)
    if literal := public.literal(name.rstrip(".")):
        return _address(literal)
    tail = name.rstrip(".").split(".")
    local = any(".".join(tail[-n:]) in _LOCAL_NAMES for n in (1, 2))
    if local and not public.allows_any():
        raise Forbidden(NOT_PUBLIC)
    return name


def _address(literal: str) -> str:
    if "%" in literal or not public.may_call(literal):
        raise Forbidden(NOT_PUBLIC)
    return literal
