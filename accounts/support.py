"""Tickets to support: opened, answered, closed."""

from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse

from accounts import audit
from accounts.models import SupportTicket, TicketMessage, User, Workspace
from common import clock
from common.errors import Refusal

MOST_AN_HOUR = 20  # tickets of one workspace, and messages
LONGEST = 5_000  # characters of a message


class TooMany(Refusal):
    """More tickets than people write."""

    code = "rate_limited"
    status = 429


class Invalid(Refusal):
    """The message cannot be taken as it is."""

    code = "invalid_request"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that is kept, and whether a letter went with it."""

    message: TicketMessage
    email_reason: str  # why no mail went; "": it went


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


@transaction.atomic
def _add(
    ticket: SupportTicket, body: str, by: User | None, status: str, *, by_support: bool
) -> TicketMessage:
    body = body.strip()
    if not body:
        raise Invalid("Write something first.")
    if len(body) > LONGEST:
        raise Invalid(f"A message has at most {LONGEST:,} characters. Shorten it.")
    message = TicketMessage.objects.create(
        ticket=ticket, body=body, author=by, by_support=by_support
    )
    ticket.status = status
    ticket.save(update_fields=["status", "updated_at"])
    return message


def reply(ticket: SupportTicket, *, body: str, by: User) -> Sent:
    """Add what a member of the workspace writes; a ticket that was over opens again."""
    hour = clock.now() - timedelta(hours=1)
    written = TicketMessage.objects.filter(
        ticket__workspace=ticket.workspace_id, by_support=False, created_at__gt=hour
    )
    if written.count() >= MOST_AN_HOUR:
        raise TooMany(
            f"This workspace wrote {MOST_AN_HOUR} messages within an hour. Wait a"
            " little; support reads what is there."
        )
    message = _add(ticket, body, by, SupportTicket.Status.OPEN, by_support=False)
    return Sent(message, _letter(ticket, message.body, to=settings.SUPPORT_EMAIL))


def answer(ticket: SupportTicket, *, body: str, by: User, status: str) -> Sent:
    """Answer as support, and write to whoever asked."""
    message = _add(ticket, body, by, status, by_support=True)
    audit.record(
        workspace=ticket.workspace,
        actor=by,
        verb="ticket.answered",
        target=ticket.subject[:120],
    )
    return Sent(message, _letter(ticket, message.body, to=ticket.contact_email))


def close(ticket: SupportTicket, *, by: User) -> None:
    """Say that it is solved; a second time does nothing."""
    if ticket.is_closed:
        return
    ticket.status = SupportTicket.Status.RESOLVED
    ticket.save(update_fields=["status", "updated_at"])
    audit.record(
        workspace=ticket.workspace,
        actor=by,
        verb="ticket.closed",
        target=ticket.subject[:120],
    )


def _write(ticket: SupportTicket) -> str:
    """Write the ticket to support; return why not, or ""."""
    return _letter(ticket, ticket.description, to=settings.SUPPORT_EMAIL)


def _letter(ticket: SupportTicket, body: str, *, to: str) -> str:
    """Send a message of the ticket by mail; return why it did not go, or ""."""
    is_ours = to == settings.SUPPORT_EMAIL
    if not to:
        return (
            "No address of support is set up on this server."
            if is_ours
            else "Whoever asked left no address."
        )
    about = (
        f"Workspace {ticket.workspace.name} ({ticket.workspace_id})\n"
        f"Call {ticket.call_id or '—'}\nTicket {ticket.pk}\n"
    )
    back = ticket.contact_email if is_ours else settings.SUPPORT_EMAIL
    page = f"{settings.PUBLIC_BASE_URL}{reverse('accounts:ticket-detail', args=[ticket.pk])}"
    letter = EmailMessage(
        f"[{ticket.category}] {ticket.subject}" if is_ours else f"Re: {ticket.subject}",
        f"{body}\n\n{about if is_ours else f'Answer in Studio: {page}'}",
        to=[to],
        reply_to=[back] if back else None,
    )
    try:
        letter.send()
    except (OSError, SMTPException) as error:
        return f"The mail server did not take the letter ({type(error).__name__})."
    return ""
