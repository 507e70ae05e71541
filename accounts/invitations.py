"""Letters that let people join: sent, sent again, accepted, withdrawn."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from accounts import audit, letters
from accounts.models import Invitation, Membership, User, Workspace
from common import clock, ids
from common.errors import Refusal

LIFE = timedelta(days=7)
AGAIN_AFTER = timedelta(minutes=1)
MOST_AN_HOUR = 30  # from one workspace: nobody needs more, except to send spam


class Invalid(Refusal):
    """The invitation cannot be sent."""

    code = "invalid_invitation"


class Closed(Refusal):
    """The link has been used, was withdrawn, or is too old."""

    code = "invitation_closed"
    status = 410


class SomebodyElse(Refusal):
    """The letter is addressed to another person."""

    code = "wrong_person"
    status = 403


def invite(
    *, workspace: Workspace, email: str, role: str, by: User
) -> tuple[Invitation, str]:
    """Ask a person to join; return the invitation and the link in the letter."""
    email = _address(email)
    if role not in Membership.Role.values:
        raise Invalid(f"There is no role called “{role}”.")
    if workspace.memberships.filter(user__email=email).exists() or (
        workspace.account.memberships.filter(user__email=email).exists()
    ):
        raise Invalid(f"{email} is a member of this workspace already.")
    now = clock.now()
    if workspace.invitations.filter(
        created_at__gt=now - timedelta(hours=1)
    ).count() >= (MOST_AN_HOUR):
        raise letters.TooMany(
            f"This workspace sent {MOST_AN_HOUR} invitations within an hour, which is "
            "the most there can be. Try again in an hour."
        )
    token = ids.token()
    try:
        with transaction.atomic():
            _close_expired(workspace, email, now)
            invitation = Invitation.objects.create(
                workspace=workspace,
                email=email,
                role=role,
                token_hash=_hashed(token),
                invited_by=by,
                sent_at=now,
                expires_at=now + LIFE,
            )
            audit.record(
                workspace=workspace, actor=by, verb="member.invited", target=email
            )
    except IntegrityError as error:
        raise Invalid(f"{email} has been invited already. Send it again.") from error
    return invitation, _send(invitation, token)


def send_again(invitation: Invitation, *, by: User) -> str:
    """Send a fresh link; the old one stops working."""
    now = clock.now()
    if invitation.accepted_at or invitation.revoked_at:
        raise Closed("This invitation was accepted or withdrawn. Invite again.")
    if invitation.sent_at > now - AGAIN_AFTER:
        raise letters.TooMany("This invitation was sent a moment ago. Wait a minute.")
    token = ids.token()
    invitation.token_hash = _hashed(token)
    invitation.sent_at, invitation.expires_at = now, now + LIFE
    invitation.save(update_fields=["token_hash", "sent_at", "expires_at"])
    audit.record(
        workspace=invitation.workspace,
        actor=by,
        verb="member.invited_again",
        target=invitation.email,
    )
    return _send(invitation, token)


def revoke(invitation: Invitation, *, by: User) -> None:
    """Withdraw an invitation; a second time does nothing."""
    withdrawn = Invitation.objects.filter(
        pk=invitation.pk, accepted_at=None, revoked_at=None
    ).update(revoked_at=clock.now())
    if withdrawn:
        audit.record(
            workspace=invitation.workspace,
            actor=by,
            verb="invitation.revoked",
            target=invitation.email,
        )


def find(token: str) -> Invitation:
    """Return the open invitation with this token, or refuse."""
    invitation = (
        Invitation.objects.filter(token_hash=_hashed(token))
        .select_related("workspace__account", "invited_by")
        .first()
    )
    if invitation is None or not invitation.is_open(clock.now()):
        raise Closed(
            "This invitation has been used, was withdrawn, or is older than "
            f"{LIFE.days} days. Ask for another one."
        )
    return invitation


def accept(token: str, *, user: User) -> Workspace:
    """Let ``user`` in. Whoever is in already keeps the role they have."""
    invitation = find(token)
    if invitation.email != user.email.lower():
        raise SomebodyElse(
            f"This invitation is for {invitation.email}, and you are signed in as "
            f"{user.email}. Sign out, then open the link again."
        )
    with transaction.atomic():
        # The update decides which of two clicks at once was first.
        taken = Invitation.objects.filter(
            pk=invitation.pk, accepted_at=None, revoked_at=None
        ).update(accepted_at=clock.now())
        if not taken:
            raise Closed("This invitation has been used.")
        workspace = invitation.workspace
        Membership.objects.get_or_create(
            workspace=workspace, user=user, defaults={"role": invitation.role}
        )
        audit.record(
            workspace=workspace, actor=user, verb="member.joined", target=user.email
        )
    return workspace


def _address(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(
            f"“{email}” is not an e-mail address. Write it like ruth@example.com."
        ) from error
    return email


def _close_expired(workspace: Workspace, email: str, now: datetime) -> None:
    workspace.invitations.filter(
        email=email, accepted_at=None, revoked_at=None, expires_at__lte=now
    ).update(revoked_at=now)


def _send(invitation: Invitation, token: str) -> str:
    """Write to whoever is invited; return the link in the letter."""
    link = settings.PUBLIC_BASE_URL + reverse("accounts:invitation", args=[token])
    words: dict[str, Any] = {
        "invitation": invitation,
        "workspace": invitation.workspace.name,
        "inviter": invitation.invited_by.spoken_name,
        "link": link,
        "days": LIFE.days,
    }
    letter = EmailMultiAlternatives(
        # A name may not bring a line break into a header.
        " ".join(f"Join {invitation.workspace.name} on Rymi".split()),
        render_to_string("accounts/mail/invitation.txt", words),
        to=[invitation.email],
    )
    letter.attach_alternative(
        render_to_string("accounts/mail/invitation.html", words), "text/html"
    )
    letters.send(letter)
    return link


def _hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()
