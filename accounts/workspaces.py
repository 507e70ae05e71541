"""Workspaces: founded, named, capped, closed."""

from typing import Any
from uuid import UUID

import phonenumbers
from django.db import transaction
from django.db.models import QuerySet

from accounts import audit, key_memory
from accounts.models import Account, AccountMembership, Membership, User, Workspace
from accounts.signals import workspace_founded
from common import clock
from common.errors import Refusal

MOST = 50  # workspaces in one account


class TooMany(Refusal):
    """The account has as many workspaces as one can have."""

    code = "too_many_workspaces"
    status = 409


class Invalid(Refusal):
    """A value that the workspace cannot have."""

    code = "invalid_request"


class Primary(Refusal):
    """The account's first workspace stays as long as the account."""

    code = "cannot_delete_primary"


class NotEmpty(Refusal):
    """Something is left in the workspace; ``blockers`` counts it."""

    code = "workspace_not_empty"
    status = 409


# What must be gone before a workspace closes: related names, as floors above made them.
BLOCKERS = ("agents", "numbers", "calls", "campaigns", "clients")


def of_account(account_id: UUID) -> QuerySet[Workspace]:
    """Return an account's workspaces that are open."""
    return Workspace.objects.filter(account_id=account_id, deleted_at=None)


def country(code: str | None) -> str:
    """Check an ISO 3166 code; None or "" stands for none."""
    code = (code or "").strip().upper()
    if code and code not in phonenumbers.SUPPORTED_REGIONS:
        raise Invalid(f"“{code}” is no country. Send two letters such as US or IN.")
    return code


@transaction.atomic
def found(*, owner: User, name: str, account: Account | None = None) -> Workspace:
    """Make a workspace that ``owner`` owns; with no account, found that, too."""
    is_primary = account is None
    if account is None:
        account = Account.objects.create(name=name)
        AccountMembership.objects.create(
            account=account, user=owner, role=AccountMembership.Role.OWNER
        )
    workspace = Workspace.objects.create(
        account=account, name=name, is_primary=is_primary
    )
    Membership.objects.get_or_create(
        workspace=workspace, user=owner, defaults={"role": Membership.Role.ADMIN}
    )
    audit.record(
        workspace=workspace, actor=owner, verb="workspace.founded", target=name
    )
    transaction.on_commit(
        lambda: workspace_founded.send(Workspace, workspace_id=workspace.id)
    )
    return workspace


@transaction.atomic
def found_another(*, owner: User, name: str) -> Workspace:
    """Make one more workspace in the account that ``owner`` owns, or the first."""
    account = (
        Account.objects.select_for_update()
        .filter(memberships__user=owner, memberships__role="owner")
        .order_by("created_at")
        .first()
    )
    if account:
        _check_room(account)
    return found(owner=owner, name=name, account=account)


def _check_room(account: Account) -> None:
    if of_account(account.pk).count() >= MOST:
        raise TooMany(f"An account can have {MOST} workspaces, and yours has them.")


@transaction.atomic
def add(
    *,
    account: Account,
    name: str,
    by: User | None,
    operating_country: str | None = None,
    parent: Workspace | None = None,
) -> Workspace:
    """Make one more workspace in an account; with ``parent``, a client of that agency.

    Nobody is made a member: the account's people reach all of its workspaces.
    """
    account = Account.objects.select_for_update().get(pk=account.pk)
    _check_room(account)
    if parent is not None and parent.parent_id:
        raise Invalid("A client workspace cannot have clients of its own.")
    workspace = Workspace.objects.create(
        account=account,
        name=_name(name),
        parent=parent,
        operating_country=country(operating_country),
    )
    audit.record(workspace=workspace, actor=by, verb="workspace.founded", target=name)
    transaction.on_commit(
        lambda: workspace_founded.send(Workspace, workspace_id=workspace.id)
    )
    return workspace


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 120:
        raise Invalid("A workspace's name has 1 to 120 characters.")
    return name


@transaction.atomic
def change(workspace: Workspace, *, fields: dict[str, Any], by: User | None) -> None:
    """Set the name, the country or a client's monthly cap (None: no cap)."""
    if "name" in fields:
        fields["name"] = _name(fields["name"])
    if "operating_country" in fields:
        fields["operating_country"] = country(fields["operating_country"])
    cap = fields.get("spend_cap_cents_monthly")
    if cap is not None and not workspace.parent_id:
        raise Invalid("Only a client workspace has a monthly cap.")
    for name, value in fields.items():
        setattr(workspace, name, value)
    if fields:
        workspace.save(update_fields=list(fields))
        key_memory.forget_all()
        audit.record(
            workspace=workspace,
            actor=by,
            verb="workspace.changed",
            target=", ".join(fields),
        )


@transaction.atomic
def delete(workspace: Workspace, *, by: User | None) -> None:
    """Close an empty workspace: its keys open nothing, its people reach it no more."""
    workspace = Workspace.objects.select_for_update().get(pk=workspace.pk)
    if workspace.is_primary:
        raise Primary("This is the account's first workspace; it stays.")
    left = {name: count for name in BLOCKERS if (count := _left(workspace, name))}
    if left:
        told = ", ".join(f"{count} {name}" for name, count in left.items())
        raise NotEmpty(
            f"The workspace is not empty: {told}.",
            blockers=[{"kind": name, "count": n} for name, n in left.items()],
        )
    now = clock.now()
    workspace.api_keys.filter(revoked_at=None).update(revoked_at=now)
    key_memory.forget_all()
    workspace.memberships.all().delete()
    workspace.deleted_at = now
    workspace.save(update_fields=["deleted_at"])
    audit.record(
        workspace=workspace, actor=by, verb="workspace.deleted", target=workspace.name
    )


def _left(workspace: Workspace, name: str) -> int:
    rows = getattr(workspace, name, None)
    if rows is None:  # that floor is not built
        return 0
    if any(field.name == "deleted_at" for field in rows.model._meta.fields):
        rows = rows.filter(deleted_at=None)
    return int(rows.count())


def rename(workspace: Workspace, *, name: str, by: User) -> None:
    """Give the workspace another name."""
    workspace.name = name
    workspace.save(update_fields=["name"])
    audit.record(workspace=workspace, actor=by, verb="workspace.renamed", target=name)
