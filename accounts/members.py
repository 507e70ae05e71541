"""Who is in a workspace: listed, given another role, shown out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max, OuterRef, Subquery

from accounts import audit, invitations
from accounts.models import AccountMembership, Membership, User, Workspace
from common.errors import NotFound, Refusal

# What each role of a workspace means, in the words of the page.
ROLES: dict[str, str] = {
    "admin": "Everything: members, keys, providers, billing",
    "editor": "Makes, tests and publishes agents; reads calls",
    "client": "Talks to agents and reads calls; changes nothing",
    "viewer": "Reads agents and calls; changes nothing",
}


class LastAdmin(Refusal):
    """Nobody would be left who can let others in."""

    code = "last_admin"
    status = 409


class Fixed(Refusal):
    """The role comes with the account and cannot be changed in one workspace."""

    code = "account_role"
    status = 409


class Already(Refusal):
    """The person is in."""

    code = "already_member"
    status = 409


@dataclass(frozen=True, slots=True)
class Member:
    """One person on the members page."""

    user: User
    role: str
    by_account: bool  # the role holds in every workspace of the account
    last_seen_at: datetime | None

    @property
    def can_change(self) -> bool:
        """Whether the role is this workspace's to change."""
        return not self.by_account


def of(workspace: Workspace) -> list[Member]:
    """Return everybody who may enter the workspace, account roles first, by name."""
    seen = Subquery(
        User.objects.filter(pk=OuterRef("user_id"))
        .annotate(seen=Max("usersession__last_seen_at"))
        .values("seen")
    )
    by_account = AccountMembership.objects.filter(account_id=workspace.account_id)
    here = Membership.objects.filter(workspace=workspace)
    found: dict[UUID, Member] = {}
    for above in by_account.select_related("user").annotate(seen=seen):
        found[above.user_id] = Member(above.user, above.role, True, above.seen)
    for row in here.select_related("user").annotate(seen=seen):
        # Billing people of the account may have a role of their own in a workspace.
        if row.user_id not in found or found[row.user_id].role == "billing":
            found[row.user_id] = Member(row.user, row.role, False, row.seen)
    return sorted(
        found.values(), key=lambda m: (not m.by_account, m.user.spoken_name.lower())
    )


def change_role(*, workspace: Workspace, user_id: UUID, role: str, by: User) -> None:
    """Give a member another role; keep one person who can administer."""
    with transaction.atomic():
        membership = _locked(workspace, user_id)
        if role not in Membership.Role.values:
            raise Refusal(f"There is no role called “{role}”.", code="invalid_role")
        if membership.role == role:
            return
        if role != Membership.Role.ADMIN:
            _keep_an_admin(workspace, but=membership)
        membership.role = role
        membership.save(update_fields=["role"])
        audit.record(
            workspace=workspace,
            actor=by,
            verb="member.role_changed",
            target=f"{membership.user.email} to {role}",
        )


def remove(*, workspace: Workspace, user_id: UUID, by: User | None) -> None:
    """Show a member out; their next request is a stranger's."""
    with transaction.atomic():
        membership = _locked(workspace, user_id)
        _keep_an_admin(workspace, but=membership)
        membership.delete()
        audit.record(
            workspace=workspace,
            actor=by,
            verb="member.left" if by and user_id == by.id else "member.removed",
            target="" if by and user_id == by.id else membership.user.email,
        )


def add(
    *, workspace: Workspace, email: str, role: str, by: User | None
) -> Membership | None:
    """Let a person in who has signed up, or send the others an invitation (None)."""
    if role not in Membership.Role.values:
        raise Refusal(f"There is no role called “{role}”.", code="invalid_role")
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if user is None:
        inviter = by or _who_answers_for(workspace)
        invitations.invite(workspace=workspace, email=email, role=role, by=inviter)
        return None
    with transaction.atomic():
        membership, is_new = Membership.objects.get_or_create(
            workspace=workspace, user=user, defaults={"role": role}
        )
        if not is_new:
            raise Already(f"{user.email} is a member of this workspace already.")
        audit.record(
            workspace=workspace, actor=by, verb="member.added", target=user.email
        )
    return membership


def _who_answers_for(workspace: Workspace) -> User:
    """Return whose name stands under a letter that a key asked for."""
    above = workspace.account.memberships.filter(
        role__in=["owner", "admin"], user__is_active=True
    ).select_related("user")
    here = workspace.memberships.filter(
        role="admin", user__is_active=True
    ).select_related("user")
    found = above.first() or here.first()
    if found is None:
        raise LastAdmin("Nobody administers this workspace, so nobody can invite.")
    return found.user


def _locked(workspace: Workspace, user_id: UUID) -> Membership:
    """Return the membership; hold the workspace's row, so that two admins cannot
    remove each other at once."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    if AccountMembership.objects.filter(
        account_id=workspace.account_id, user_id=user_id, role__in=["owner", "admin"]
    ).exists():
        raise Fixed(
            "This person's role belongs to the account and holds in all its "
            "workspaces. It cannot be changed in one of them."
        )
    membership = (
        Membership.objects.filter(workspace=workspace, user_id=user_id)
        .select_related("user")
        .first()
    )
    if membership is None:
        raise NotFound("Nobody with this id is a member of the workspace.")
    return membership


def _keep_an_admin(workspace: Workspace, *, but: Membership) -> None:
    if but.role != Membership.Role.ADMIN:
        return
    others = workspace.memberships.filter(role="admin", user__is_active=True)
    above = workspace.account.memberships.filter(
        role__in=["owner", "admin"], user__is_active=True
    )
    if not (others.exclude(pk=but.pk).exists() or above.exists()):
        raise LastAdmin(
            "This is the last admin of the workspace. Make somebody else an admin first."
        )
