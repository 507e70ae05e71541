"""People outside of the workspace who try a draft: invited by mail, taken back."""

from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from accounts import audit, letters
from accounts.models import User
from agents import share_links
from agents.models import Agent, Tester
from common import clock, ids
from common.errors import NotFound, Refusal

AGAIN_AFTER = timedelta(minutes=1)
MOST = 100  # of one agent
MOST_AN_HOUR = 30  # letters of one workspace


class Invalid(Refusal):
    """The person cannot be invited."""

    code = "invalid_tester"


def invite(agent: Agent, *, email: str, by: User) -> tuple[Tester, str]:
    """Let a person try the draft; return them and the link in their letter.

    Their calls use the limits of the agent's public link, which need not be on.
    """
    email, now = _address(email), clock.now()
    _check(agent)
    if share_links.of(agent) is None:
        share_links.put(agent, fields={"enabled": False}, by=by)
    token = ids.token()
    try:
        with transaction.atomic():
            tester = Tester.objects.create(
                agent=agent,
                email=email,
                token_hash=_hashed(token),
                invited_by=by,
                sent_at=now,
            )
            _note(tester, by, "tester.invited")
    except IntegrityError:
        raise Invalid(f"{email} has been invited already. Send it again.") from None
    return tester, _send(tester, token)


def send_again(tester: Tester, *, by: User) -> str:
    """Send a fresh link; the old one stops working."""
    now = clock.now()
    if tester.sent_at > now - AGAIN_AFTER:
        raise letters.TooMany("This was sent a moment ago. Wait a minute.")
    token = ids.token()
    tester.token_hash, tester.sent_at = _hashed(token), now
    tester.save(update_fields=["token_hash", "sent_at"])
    return _send(tester, token)


def revoke(tester: Tester, *, by: User) -> None:
    """Let the link open nothing from now on; a second time does nothing."""
    if Tester.objects.filter(pk=tester.pk, revoked_at=None).update(
        revoked_at=clock.now()
    ):
        _note(tester, by, "tester.revoked")


def of(agent: Agent, tester_id: UUID) -> Tester:
    """Return one of the agent's testers, or refuse as if there were none."""
    rows = agent.testers.filter(revoked_at=None).select_related("agent__workspace")
    found: Tester | None = rows.filter(pk=tester_id).first()
    if found is None:
        raise NotFound("There is no such tester here.")
    return found


def find(token: str) -> Tester | None:
    """Return who a link belongs to; None: unknown, taken back, or the agent is gone."""
    return (
        Tester.objects.filter(
            token_hash=_hashed(token),
            revoked_at=None,
            agent__deleted_at=None,
            agent__workspace__deleted_at=None,
        )
        .select_related("agent__workspace", "agent__published", "agent__share_link")
        .first()
    )


def opened(tester: Tester) -> None:
    """Note that the link was opened, the first time."""
    Tester.objects.filter(pk=tester.pk, opened_at=None).update(opened_at=clock.now())


def _check(agent: Agent) -> None:
    if agent.testers.filter(revoked_at=None).count() >= MOST:
        raise Invalid(f"An agent has at most {MOST} testers. Take one back first.")
    hour = clock.now() - timedelta(hours=1)
    sent = Tester.objects.filter(agent__workspace=agent.workspace_id, sent_at__gt=hour)
    if sent.count() >= MOST_AN_HOUR:
        raise letters.TooMany(
            f"This workspace sent {MOST_AN_HOUR} letters within an hour. Wait a little."
        )


def _address(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(
            f"“{email}” is no mail address. Write it like ruth@example.com."
        ) from None
    return email


def _note(tester: Tester, by: User, verb: str) -> None:
    audit.record(
        workspace=tester.agent.workspace,
        actor=by,
        verb=verb,
        target=f"{tester.agent.name}: {tester.email}",
    )


def _send(tester: Tester, token: str) -> str:
    """Write to whoever is invited; return the link in the letter."""
    link = f"{settings.PUBLIC_BASE_URL}/talk/{token}/"
    words = {
        "tester": tester,
        "agent": tester.agent.name,
        "inviter": tester.invited_by.spoken_name if tester.invited_by else "Somebody",
        "link": link,
    }
    letter = EmailMessage(
        # A name may not bring a line break into a header.
        " ".join(f"Try {tester.agent.name}".split()),
        render_to_string("agents/mail/tester.txt", words),
        to=[tester.email],
    )
    letters.send(letter)
    return link


def _hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()
