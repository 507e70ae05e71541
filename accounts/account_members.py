"""Who has a role over all of an account's workspaces."""

from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.models import Account, AccountMembership, User
from common.errors import NotFound, Refusal


class LastOwner(Refusal):
    """An account has an owner."""

    code = "last_owner"
    status = 409


class Invalid(Refusal):
    """There is no such role, or no such person."""

    code = "invalid_request"


class Already(Refusal):
    """The person has a role already."""

    code = "already_member"
    status = 409


@transaction.atomic
def add(
    *, account: Account, email: str, role: str, by: User | None
) -> AccountMembership:
    """Give a person who has signed up a role."""
    _check(role)
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if user is None:
        raise NotFound(
            f"Nobody has signed up as {email.strip()[:120]}. Invite them to a workspace"
            " first."
        )
    membership, is_new = AccountMembership.objects.get_or_create(
        account=account, user=user, defaults={"role": role}
    )
    if not is_new:
        raise Already(f"{user.email} has a role in this account already.")
    audit.record(
        workspace=account.workspaces.filter(is_primary=True).first(),
        actor=by,
        verb="account.member_added",
        target=f"{user.email}: {role}",
    )
    return membership


@transaction.atomic
def change(
    *, account: Account, user_id: UUID, role: str, by: User | None
) -> AccountMembership:
    """Give another role; keep an owner."""
    _check(role)
    membership = _locked(account, user_id)
    if role != membership.role:
        if role != AccountMembership.Role.OWNER:
            _keep_an_owner(membership)
        membership.role = role
        membership.save(update_fields=["role"])
        _note(membership, by, "account.role_changed", f" to {role}")
    return membership


@transaction.atomic
def remove(*, account: Account, user_id: UUID, by: User | None) -> None:
    """Take the role away; roles in single workspaces stay."""
    membership = _locked(account, user_id)
    _keep_an_owner(membership)
    membership.delete()
    _note(membership, by, "account.member_removed")


def rename(account: Account, *, name: str, by: User | None) -> None:
    """Give the account another name."""
    account.name = name
    account.save(update_fields=["name"])
    audit.record(
        workspace=account.workspaces.filter(is_primary=True).first(),
        actor=by,
        verb="account.renamed",
        target=name,
    )


def _note(
    membership: AccountMembership, by: User | None, verb: str, more: str = ""
) -> None:
    audit.record(
        workspace=membership.account.workspaces.filter(is_primary=True).first(),
        actor=by,
        verb=verb,
        target=f"{membership.user.email}{more}",
    )


def _check(role: str) -> None:
    if role not in AccountMembership.Role.values:
        raise Invalid(f"The roles are {', '.join(AccountMembership.Role.values)}.")


def _locked(account: Account, user_id: UUID) -> AccountMembership:
    """Return the membership; hold the account's row, so that two owners cannot remove
    each other at once."""
    Account.objects.select_for_update().get(pk=account.pk)
    found = account.memberships.filter(user_id=user_id).select_related("user").first()
    if found is None:
        raise NotFound("Nobody with this id has a role in the account.")
    return found


def _keep_an_owner(membership: AccountMembership) -> None:
    if membership.role != AccountMembership.Role.OWNER:
        return
    others = membership.account.memberships.filter(role="owner", user__is_active=True)
    if not others.exclude(pk=membership.pk).exists():
        raise LastOwner("This is the account's last owner. Make another one first.")
