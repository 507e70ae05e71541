"""Tickets to support, and what is said of the system."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from accounts import audit
from accounts.models import SupportTicket, SystemNotice, User, Workspace
from common import clock
from common.errors import Refusal

MOST_AN_HOUR = 20  # of one workspace


class TooMany(Refusal):
    """More tickets than people write."""

    code = "rate_limited"
    status = 429


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket that is kept, and whether support was written to."""

    ticket: SupportTicket
    email_reason: str  # why no mail went; "": it went

    @property
    def email_delivered(self) -> bool:
        """Whether the mail server took the letter."""
        return not self.email_reason


def open_ticket(
    *,
    workspace: Workspace,
    subject: str,
    category: str,
    description: str,
    by: User | None,
    call_id: UUID | None = None,
    contact_email: str = "",
) -> Opened:
    """Keep a ticket, then write to support; the ticket stays if no letter goes."""
    hour = clock.now() - timedelta(hours=1)
    if workspace.support_tickets.filter(created_at__gt=hour).count() >= MOST_AN_HOUR:
        raise TooMany(
            f"This workspace wrote {MOST_AN_HOUR} tickets within an hour. Add to one of"
            " them, or wait a little."
        )
    with transaction.atomic():
        ticket = SupportTicket.objects.create(
            workspace=workspace,
            subject=" ".join(subject.split()),
            category=category,
            description=description,
            call_id=call_id,
            contact_email=contact_email or (by.email if by else ""),
            opened_by=by,
        )
        audit.record(
            workspace=workspace,
            actor=by,
            verb="ticket.opened",
            target=ticket.subject[:120],
        )
    return Opened(ticket, _write(ticket))


def _write(ticket: SupportTicket) -> str:
    """Write to support; return why not, or ""."""
    if not settings.SUPPORT_EMAIL:
        return "No address of support is set up on this server."
    letter = EmailMessage(
        f"[{ticket.category}] {ticket.subject}",
        f"{ticket.description}\n\nWorkspace {ticket.workspace.name}"
        f" ({ticket.workspace_id})\nCall {ticket.call_id or '—'}\nTicket {ticket.pk}\n",
        to=[settings.SUPPORT_EMAIL],
        reply_to=[ticket.contact_email] if ticket.contact_email else None,
    )
    try:
        letter.send()
    except (OSError, SMTPException) as error:
        return f"The mail server did not take the letter ({type(error).__name__})."
    return ""


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """How the system is, as its operator sees it."""

    level: str
    message: str
    updated_at: datetime | None


def system_status() -> SystemStatus:
    """Return what the operator said last; nothing said: it works."""
    last = SystemNotice.objects.order_by("-id").first()
    if last is None:
        return SystemStatus(SystemNotice.Level.OPERATIONAL, "", None)
    return SystemStatus(last.level, last.message, last.created_at)
