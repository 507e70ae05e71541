"""Adding, renewing and removing what an agent can look up."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, Sum

from accounts import audit
from accounts.models import User, Workspace
from agents.knowledge import quota
from agents.models import Agent, KnowledgeReading, KnowledgeSource, KnowledgeUpload
from common import clock
from common.errors import NotFound, Refusal
from common.later import later

TEXT_MOST = 1_000_000  # bytes
FILE_MOST = 10_000_000  # bytes
TITLE_MOST = 200  # bytes
EXTENSIONS = ("txt", "md", "pdf", "docx", "html", "json")
ALIASES = {"htm": "html", "markdown": "md", "text": "txt"}
Kind, Status = KnowledgeSource.Kind, KnowledgeSource.Status


class Invalid(Refusal):
    """Something is missing or wrong in what was given."""

    code = "invalid_request"


class TooBig(Refusal):
    """More than a source may hold."""

    code = "file_too_large"
    status = 413


class Unsupported(Refusal):
    """A kind of file we do not read."""

    code = "unsupported_mime_type"
    status = 415


class QuotaExceeded(Refusal):
    """The plan allows no more."""

    code = "quota_exceeded.knowledge_sources_max"
    status = 429


@dataclass(frozen=True, slots=True)
class Usage:
    """What a workspace keeps, and what it may."""

    sources: int
    bytes: int
    sources_most: int | None  # None: no limit
    bytes_most: int | None

    @property
    def is_full(self) -> bool:
        """Whether nothing more may be added."""
        return (
            self.sources_most is not None and self.sources >= self.sources_most
        ) or (self.bytes_most is not None and self.bytes >= self.bytes_most)


def add_text(
    *, agent: Agent, title: str, text: str, by: User | None
) -> KnowledgeSource:
    """Take a text in; it can be looked up once a worker has read it."""
    text = text.strip()
    if not text:
        raise Invalid("Give the text that callers ask about.")
    size = len(text.encode())
    if size > TEXT_MOST:
        raise TooBig(
            f"The text is {size:,} bytes long; {TEXT_MOST:,} are the most. Split it,"
            " or upload it as a file."
        )
    return _add(agent, Kind.TEXT, _title(title, ""), by, size=size, text=text)


def add_url(
    *,
    agent: Agent,
    title: str,
    url: str,
    by: User | None,
    refresh_days: int | None = None,
) -> KnowledgeSource:
    """Take a web page in; a worker fetches it."""
    url = url.strip()
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets without an address in them
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Invalid("Give the page's whole address, beginning with https://.")
    if len(url) > 2000:
        raise Invalid("The address is longer than 2,000 characters.")
    shown = f"{parts.hostname}{parts.path}".rstrip("/")
    return _add(
        agent,
        Kind.URL,
        _title(title, shown),
        by,
        uri=url,
        refresh_days=_days(refresh_days),
    )


def add_file(
    *, agent: Agent, title: str, name: str, content: bytes, by: User | None
) -> KnowledgeSource:
    """Take a file in; a worker reads it, and the file itself is not kept after that."""
    name = PurePath(name.replace("\\", "/")).name[:200] or "file"
    check_file(name, len(content))
    return _add(
        agent,
        Kind.FILE,
        _title(title, name),
        by,
        uri=name,
        size=len(content),
        content=content,
    )


def check_file(name: str, size: int) -> None:
    """Refuse what will never be read."""
    if kind_of(name) is None:
        raise Unsupported(
            f"Files of this kind cannot be read. Save it as one of"
            f" {', '.join(EXTENSIONS)} and upload it again."
        )
    if size > FILE_MOST:
        raise TooBig(
            f"The file is {size / 1e6:.1f} MB; {FILE_MOST // 1_000_000} MB are the"
            " most. Split it, or leave pictures out."
        )
    if size == 0:
        raise Invalid("The file is empty.")


def kind_of(name: str) -> str | None:
    """Return how a file is read, by its name; None: not at all."""
    ending = PurePath(name.lower()).suffix.removeprefix(".")
    ending = ALIASES.get(ending, ending)
    return ending if ending in EXTENSIONS else None


def refresh(source: KnowledgeSource) -> KnowledgeSource:
    """Read a source again: a page as it is now, anything else with today's embedder.

    What was read before is found until the new reading is complete.
    """
    if source.kind == Kind.FILE and not source.text and not has_upload(source):
        raise Invalid("The file is not kept any more. Upload it again.")
    now = clock.now()
    with transaction.atomic():
        waiting = KnowledgeSource.objects.filter(pk=source.pk).exclude(
            lease_until__gt=now
        )
        # A page is fetched anew, whatever was read of it so far.
        KnowledgeReading.objects.filter(source__in=waiting).delete()
        waiting.update(
            status=Status.PENDING,
            failure="",
            failure_detail="",
            progress=0,
            attempts=0,
            next_at=now,
            lease_until=None,
        )
        later("agents.read_knowledge", source_id=str(source.pk))
    source.refresh_from_db()
    return source


def has_upload(source: KnowledgeSource) -> bool:
    """Tell whether the file as it came is still there."""
    return KnowledgeUpload.objects.filter(source=source).exists()


def delete(source: KnowledgeSource, *, by: User | None) -> None:
    """Forget a source and all its pieces."""
    with transaction.atomic():
        title, workspace = source.title, source.workspace
        source.delete()
        audit.record(
            workspace=workspace, actor=by, verb="knowledge.deleted", target=title
        )


def find(agent: Agent, source_id: UUID) -> KnowledgeSource:
    """Return one of the agent's sources; raise ``NotFound``."""
    found = agent.knowledge_sources.filter(pk=source_id).first()
    if found is None:
        raise NotFound("This agent has no such knowledge source.")
    return found


def usage(workspace: Workspace) -> Usage:
    """Return what the workspace keeps in all its agents, and its plan's limits."""
    told = KnowledgeSource.objects.filter(
        Q(agent__deleted_at=None), workspace=workspace
    ).aggregate(sources=Count("id"), bytes=Sum("bytes"))
    allowed = quota.of(workspace)
    return Usage(told["sources"], told["bytes"] or 0, allowed.sources, allowed.bytes)


# ---------------------------------------------------------------- the parts


def _add(
    agent: Agent,
    kind: str,
    title: str,
    by: User | None,
    *,
    uri: str = "",
    size: int = 0,
    text: str = "",
    content: bytes | None = None,
    refresh_days: int | None = None,
) -> KnowledgeSource:
    with transaction.atomic():
        # Two at once must not both be the last that fits.
        Workspace.objects.select_for_update().get(pk=agent.workspace_id)
        _check_quota(agent.workspace, size)
        source = KnowledgeSource.objects.create(
            workspace=agent.workspace,
            agent=agent,
            kind=kind,
            title=title,
            source_uri=uri,
            text=text,
            bytes=size,
            refresh_days=refresh_days,
            next_at=clock.now(),
            added_by=by,
        )
        if content is not None:
            KnowledgeUpload.objects.create(source=source, content=content)
        audit.record(
            workspace=agent.workspace, actor=by, verb="knowledge.added", target=title
        )
        later("agents.read_knowledge", source_id=str(source.pk))
    return source


def _check_quota(workspace: Workspace, size: int) -> None:
    used = usage(workspace)
    if used.sources_most is not None and used.sources >= used.sources_most:
        raise QuotaExceeded(
            f"Your plan keeps {used.sources_most:,} knowledge sources, and all are in"
            " use. Delete one, or change the plan."
        )
    if used.bytes_most is not None and used.bytes + size > used.bytes_most:
        raise QuotaExceeded(
            f"Your plan keeps {used.bytes_most / 1e6:,.0f} MB of knowledge, and"
            f" {used.bytes / 1e6:,.1f} MB are in use. Delete a source, or change the"
            " plan.",
            code="quota_exceeded.knowledge_bytes_max",
        )


def _title(title: str, otherwise: str) -> str:
    title = " ".join(title.split()) or otherwise
    if not title:
        raise Invalid("Give the source a title.")
    if len(title.encode()) <= TITLE_MOST:
        return title
    if otherwise and title == otherwise:
        return title.encode()[:TITLE_MOST].decode(errors="ignore")
    raise Invalid(f"The title is longer than {TITLE_MOST} bytes. Shorten it.")


def _days(days: int | None) -> int | None:
    if days is not None and not 1 <= days <= 365:
        raise Invalid("A page can be read again every 1 to 365 days.")
    return days


def fingerprint(text: str) -> str:
    """Return what tells one text from another."""
    return hashlib.sha256(text.encode()).hexdigest()


def next_reading(source: KnowledgeSource) -> timedelta | None:
    """Return how long until a page is read again by itself."""
    if source.kind != Kind.URL or not source.refresh_days:
        return None
    return timedelta(days=source.refresh_days)
