"""How the client's methods for workspaces are driven."""

from tests import factories
from tests.sdk.drives import refused


def workspaces_list(w):
    [told] = w.rymi.workspaces.list()["workspaces"]
    assert told["id"] == str(w.workspace.id)
    assert {"role", "parent_id", "account_id", "account_name"} <= set(told)


def _sister(w):
    return w.rymi.workspaces.create("Clinic", operating_country="IN")["workspace"]


def workspaces_create(w):
    told = _sister(w)
    there = w.rymi.with_workspace(told["id"])
    assert there.agents.list()["agents"] == []
    client = w.rymi.workspaces.create("Client", parent=str(w.workspace.id))
    assert client["workspace"]["parent_id"] == str(w.workspace.id)


def workspaces_update(w):
    client = w.rymi.workspaces.create("Client", parent=str(w.workspace.id))
    id = client["workspace"]["id"]
    assert w.rymi.workspaces.update(id, spend_cap_cents_monthly=500) == {"ok": True}
    assert w.rymi.workspaces.update(id, spend_cap_cents_monthly=None) == {"ok": True}


def workspaces_delete(w):
    assert w.rymi.workspaces.delete(_sister(w)["id"]) == {"ok": True}
    w.agent()
    refused(
        lambda: w.rymi.workspaces.delete(str(w.workspace.id)),
        409,
        "workspace_not_empty",
    )


def workspaces_usage(w):
    w.call(billed_ms=60_000)
    told = w.rymi.workspaces.usage(str(w.workspace.id))
    assert (told["calls"], told["minutes"]) == (1, 1.0)


def workspaces_list_members(w):
    [told] = w.rymi.workspaces.list_members(str(w.workspace.id))["members"]
    assert (told["email"], told["role"]) == ("owner@example.com", "owner")


def workspaces_add_member(w):
    told = w.rymi.workspaces.add_member(str(w.workspace.id), "new@example.com")
    assert told["member"]["role"] == "client"


def workspaces_remove_member(w):
    user = factories.UserFactory(email="clerk@example.com")
    w.rymi.workspaces.add_member(str(w.workspace.id), user.email, "editor")
    told = w.rymi.workspaces.remove_member(str(w.workspace.id), str(user.id))
    assert told == {"ok": True}
