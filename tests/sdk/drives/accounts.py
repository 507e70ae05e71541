"""How the client's methods for accounts are driven."""

from tests import factories
from tests.sdk.drives import refused


def _account(w):
    return str(w.workspace.account_id)


def accounts_list(w):
    assert w.rymi.accounts.list()["accounts"][0]["id"] == _account(w)


def accounts_get(w):
    assert w.rymi.accounts.get(_account(w))["account"]["id"] == _account(w)


def accounts_update(w):
    assert w.rymi.accounts.update(_account(w), "Acme") == {"ok": True}


def accounts_list_members(w):
    [told] = w.rymi.accounts.list_members(_account(w))["members"]
    assert told["role"] == "owner"


def _partner(w):
    user = factories.UserFactory(email="partner@example.com")
    told = w.rymi.accounts.add_member(_account(w), user.email, "billing")
    return str(user.id), told


def accounts_add_member(w):
    id, told = _partner(w)
    assert told["member"] == {
        "user_id": id,
        "email": "partner@example.com",
        "role": "billing",
    }


def accounts_update_member(w):
    id, _ = _partner(w)
    told = w.rymi.accounts.update_member(_account(w), id, "admin")
    assert told == {"member": {"user_id": id, "role": "admin"}}


def accounts_remove_member(w):
    id, _ = _partner(w)
    assert w.rymi.accounts.remove_member(_account(w), id) == {"ok": True}
    refused(
        lambda: w.rymi.accounts.remove_member(_account(w), str(w.owner.id)),
        409,
        "last_owner",
    )


def accounts_workspaces(w):
    [told] = w.rymi.accounts.workspaces(_account(w))["workspaces"]
    assert {"id", "name", "calls", "minutes", "credits"} <= set(told)
