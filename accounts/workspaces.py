"""Founding and switching workspaces."""

from django.db import transaction

from accounts.models import Account, AccountMembership, Membership, User, Workspace
from accounts.signals import workspace_founded


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
    transaction.on_commit(
        lambda: workspace_founded.send(Workspace, workspace_id=workspace.id)
    )
    return workspace
