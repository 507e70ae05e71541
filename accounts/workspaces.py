"""Founding workspaces."""

from django.db import transaction

from accounts import audit
from accounts.models import Account, AccountMembership, Membership, User, Workspace
from accounts.signals import workspace_founded
from common.errors import Refusal

MOST = 50  # workspaces in one account


class TooMany(Refusal):
    """The account has as many workspaces as one can have."""

    code = "too_many_workspaces"
    status = 409


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
    if account and account.workspaces.count() >= MOST:
        raise TooMany(f"An account can have {MOST} workspaces, and yours has them.")
    return found(owner=owner, name=name, account=account)


def rename(workspace: Workspace, *, name: str, by: User) -> None:
    """Give the workspace another name."""
    workspace.name = name
    workspace.save(update_fields=["name"])
    audit.record(workspace=workspace, actor=by, verb="workspace.renamed", target=name)
