"""Which workspaces and accounts a request reaches, and what it may do there."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from accounts import access, workspaces
from accounts.access import RIGHTS, ApiRequest, NotAllowed
from accounts.models import Account, AccountMembership, ApiKey, Workspace
from common.errors import NotFound

NOBODY = Account.objects.none


@dataclass(frozen=True, slots=True)
class Reached:
    """A workspace and the asker's roles; a key has none, and the reach of its kind."""

    workspace: Workspace
    role: str | None
    account_role: str | None


def reached(request: ApiRequest) -> list[Reached]:
    """Return every workspace that the key or the person reaches, by name."""
    if key := access.key_of(request):
        found = [key.workspace]
        if key.kind == ApiKey.Kind.ACCOUNT:
            of_account = workspaces.of_account(key.workspace.account_id)
            found = list(of_account.select_related("account").order_by("name", "id"))
        return [Reached(each, "admin", None) for each in found]
    person = access.person(request)
    if person is None:
        return []
    return [
        Reached(each, access.role_of(each), getattr(each, "account_role", None))
        for each in access.workspaces_of(person)
    ]


def workspace(
    request: ApiRequest, workspace_id: UUID, *, administer: bool = False
) -> Reached:
    """Return one of them, or refuse as if there were none."""
    found = [each for each in reached(request) if each.workspace.pk == workspace_id]
    if not found:
        raise NotFound("There is no such workspace here.")
    if administer and "administer" not in RIGHTS.get(found[0].role or "", ()):
        raise NotAllowed("Only admins of the workspace may do this.")
    return found[0]


def accounts(request: ApiRequest) -> QuerySet[Account]:
    """Return the accounts that the key or the person has a part in."""
    if key := access.key_of(request):
        if key.kind != ApiKey.Kind.ACCOUNT:
            return NOBODY()
        return Account.objects.filter(pk=key.workspace.account_id)
    return Account.objects.filter(memberships__user=access.person(request))


def account(
    request: ApiRequest, account_id: UUID, *, to_change: bool = False
) -> Account:
    """Return one of them, or refuse as if there were none."""
    found = accounts(request).filter(pk=account_id).first()
    if found is None:
        raise NotFound("There is no such account here. Workspace keys reach none.")
    if to_change and account_role(request, found) not in (None, "owner", "admin"):
        raise NotAllowed("Only owners and admins of the account may do this.")
    return found


def account_role(request: ApiRequest, of: Account) -> str | None:
    """Return the person's role in an account; None: a key asks."""
    person = access.person(request)
    if person is None:
        return None
    rows = AccountMembership.objects.filter(account=of, user=person)
    return rows.values_list("role", flat=True).first()


def check_owner(request: ApiRequest, of: Account, role: str) -> None:
    """Let owners alone make owners."""
    if role == "owner" and account_role(request, of) not in (None, "owner"):
        raise NotAllowed("Only an owner makes another owner.")
