"""Letters about money to those who pay: a row each, sent once, tried again if need be."""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string

from accounts.models import AccountMembership, Membership, User, Workspace
from billing import claims
from billing.models import Notice
from common import clock
from common.later import later

MOST_TRIES = 12
log = structlog.get_logger()


@transaction.atomic
def put(
    *, workspace: Workspace, kind: Notice.Kind, key: str, words: dict[str, Any]
) -> bool:
    """Put a letter down, once for each ``key``; tell whether it is the first."""
    notice, is_new = Notice.objects.get_or_create(
        key=key,
        defaults={
            "workspace": workspace,
            "kind": kind,
            "words": words,
            "next_at": clock.now(),
        },
    )
    if is_new:
        later("billing.send_notice", notice_id=str(notice.pk))
    return is_new


def send(notice_id: UUID, *, now: datetime) -> None:
    """Send a letter, unless it was sent or somebody is at it."""
    notice = claims.claim(Notice, notice_id, now=now)
    if notice is None:
        return
    try:
        _letter(notice).send()
    except OSError as error:  # the mail server, whatever its trouble
        if notice.attempts >= MOST_TRIES:
            claims.done(notice, state=Notice.State.FAILED, last_error=str(error)[:255])
            log.error("notice_given_up", notice=str(notice.pk))
            return
        claims.again(notice, now=now, why=str(error))
        return
    claims.done(notice, state=Notice.State.SENT, sent_at=now)


def _letter(notice: Notice) -> EmailMessage:
    words = {
        **notice.words,
        "workspace": notice.workspace.name,
        "link": f"{settings.PUBLIC_BASE_URL}/settings/billing/",
    }
    text = render_to_string(f"billing/mail/{notice.kind}.txt", words)
    subject, _, body = text.lstrip().partition("\n")
    return EmailMessage(subject.strip(), body.lstrip(), bcc=payers(notice.workspace))


def payers(workspace: Workspace) -> list[str]:
    """Return the addresses of those whose role may pay."""
    of_account = AccountMembership.objects.filter(
        account_id=workspace.account_id
    ).values("user")
    admins = Membership.objects.filter(
        workspace=workspace, role=Membership.Role.ADMIN
    ).values("user")
    people = User.objects.filter(
        Q(pk__in=of_account) | Q(pk__in=admins), is_active=True
    )
    return list(people.values_list("email", flat=True).order_by("email"))
