import pytest
from django.core import mail

from accounts import access
from accounts.models import AccountMembership, Membership
from tests import factories
from tests.api import Api


@pytest.fixture
def account_api(workspace):
    return Api(workspace, kind="account")


@pytest.fixture
def boss(workspace):
    user = factories.UserFactory(email="boss@example.com")
    AccountMembership.objects.create(account=workspace.account, user=user, role="owner")
    return user


def test_a_workspace_is_made_changed_and_closed(account_api, workspace):
    made = account_api.post(
        "/workspaces", {"name": "Clinic", "operating_country": "in"}
    ).json()["workspace"]
    path = f"/workspaces/{made['id']}"

    changed = account_api.patch(path, {"name": "Clinic two"})
    listed = account_api.get("/workspaces").json()["workspaces"]
    closed = account_api.delete(path)

    assert made["operating_country"] == "IN"
    assert made["account_id"] == str(workspace.account_id)
    assert changed.json() == {"ok": True}
    assert {each["name"] for each in listed} == {"Ours", "Clinic two"}
    assert [each["current"] for each in listed if each["name"] == "Ours"] == [True]
    assert closed.json() == {"ok": True}
    left = account_api.get("/workspaces").json()["workspaces"]
    assert [each["name"] for each in left] == ["Ours"]


def test_a_closed_workspace_opens_to_nobody(account_api, workspace):
    sister = factories.WorkspaceFactory(account=workspace.account)
    its_own = Api(sister)
    account_api.delete(f"/workspaces/{sister.id}")

    assert its_own.get("/agents").status_code == 401
    there = account_api.get("/agents", Rymi_Workspace=str(sister.id))
    assert there.status_code == 404


def test_a_workspace_that_is_not_empty_stays(account_api, workspace):
    sister = factories.WorkspaceFactory(account=workspace.account)
    factories.CallFactory(agent=factories.AgentFactory(workspace=sister))

    answer = account_api.delete(f"/workspaces/{sister.id}")

    assert (answer.status_code, answer.json()["code"]) == (409, "workspace_not_empty")
    kinds = {each["kind"] for each in answer.json()["blockers"]}
    assert kinds == {"agents", "calls"}


def test_the_first_workspace_stays(account_api, workspace):
    workspace.is_primary = True
    workspace.save()

    answer = account_api.delete(f"/workspaces/{workspace.id}")

    assert (answer.status_code, answer.json()["code"]) == (400, "cannot_delete_primary")


def test_a_client_of_an_agency_can_have_a_cap(account_api, workspace):
    client = account_api.post(
        "/workspaces", {"name": "Client", "parent": str(workspace.id)}
    ).json()["workspace"]
    cap = {"spend_cap_cents_monthly": 5_000}

    assert client["parent_id"] == str(workspace.id)
    assert account_api.patch(f"/workspaces/{client['id']}", cap).status_code == 200
    assert account_api.patch(f"/workspaces/{workspace.id}", cap).status_code == 400
    none = account_api.patch(
        f"/workspaces/{client['id']}", {"spend_cap_cents_monthly": None}
    )
    assert none.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x", "operating_country": "XX"},
        {"name": "x", "parent": "y"},
    ],
)
def test_what_no_workspace_can_be_is_refused(account_api, body):
    assert account_api.post("/workspaces", body).status_code == 400


def test_a_workspace_key_makes_and_closes_none(api, workspace):
    assert api.post("/workspaces", {"name": "x"}).status_code == 403
    assert api.delete(f"/workspaces/{workspace.id}").status_code == 403


def test_members_are_listed_added_invited_and_removed(
    account_api, workspace, owner, boss
):
    known = factories.UserFactory(email="known@example.com")
    path = f"/workspaces/{workspace.id}/members"

    added = account_api.post(path, {"email": "known@example.com", "role": "editor"})
    invited = account_api.post(path, {"email": "new@example.com"})
    listed = account_api.get(path).json()["members"]
    removed = account_api.delete(f"{path}/{known.id}")

    assert added.json()["member"]["user_id"] == str(known.id)
    assert (invited.status_code, invited.json()["member"]["role"]) == (201, "client")
    assert mail.outbox[0].to == ["new@example.com"]
    assert {each["email"] for each in listed} == {
        owner.email,
        "known@example.com",
        "boss@example.com",
    }
    assert removed.json() == {"ok": True}
    assert not Membership.objects.filter(user=known).exists()
    assert account_api.delete(f"{path}/{known.id}").status_code == 404


def test_the_use_of_a_month(account_api, workspace):
    agent = factories.AgentFactory(workspace=workspace)
    factories.CallFactory(agent=agent, billed_ms=90_000, charge_micros=3_000_000)

    told = account_api.get(f"/workspaces/{workspace.id}/usage").json()
    past = account_api.get(f"/workspaces/{workspace.id}/usage?month=2020-12").json()
    above = account_api.get(f"/accounts/{workspace.account_id}/workspaces").json()

    assert (told["calls"], told["minutes"], told["credits"]) == (1, 1.5, 3.0)
    assert (past["month"], past["calls"]) == ("2020-12", 0)
    assert above["workspaces"][0]["minutes"] == 1.5
    for wrong in ("x", "2020-13", "0001-01", "99999-01"):
        answer = account_api.get(f"/workspaces/{workspace.id}/usage?month={wrong}")
        assert answer.status_code == 400


def test_an_account_is_read_and_renamed(account_api, api, workspace):
    path = f"/accounts/{workspace.account_id}"

    assert account_api.get("/accounts").json()["accounts"][0]["role"] is None
    assert account_api.patch(path, {"name": "Acme"}).json() == {"ok": True}
    assert account_api.get(path).json()["account"]["name"] == "Acme"
    assert api.get("/accounts").json() == {"accounts": []}
    assert api.get(path).status_code == 404


def test_an_accounts_people(account_api, workspace, boss):
    clerk = factories.UserFactory(email="clerk@example.com")
    path = f"/accounts/{workspace.account_id}/members"

    added = account_api.post(path, {"email": "clerk@example.com", "role": "billing"})
    changed = account_api.patch(f"{path}/{clerk.id}", {"role": "admin"})
    listed = account_api.get(path).json()["members"]
    removed = account_api.delete(f"{path}/{clerk.id}")
    last = account_api.delete(f"{path}/{boss.id}")

    assert added.status_code == 201
    assert changed.json() == {"member": {"user_id": str(clerk.id), "role": "admin"}}
    assert {each["role"] for each in listed} == {"owner", "admin"}
    assert removed.json() == {"ok": True}
    assert (last.status_code, last.json()["code"]) == (409, "last_owner")
    unknown = account_api.post(path, {"email": "no@example.com", "role": "admin"})
    assert unknown.status_code == 404


def test_a_clerk_of_the_account_has_no_role_in_a_workspace(client, workspace):
    own = factories.MembershipFactory(role="viewer")
    AccountMembership.objects.create(
        account=workspace.account, user=own.user, role="billing"
    )
    client.force_login(own.user)
    session = client.session
    session[access.SESSION_KEY] = str(own.workspace.id)
    session.save()

    found = client.get("/v1/workspaces").json()["workspaces"]

    assert {(each["id"], each["role"], each["account_role"]) for each in found} == {
        (str(own.workspace.id), "viewer", None),
        (str(workspace.id), None, "billing"),
    }


def test_an_admin_makes_no_owner(client, workspace, boss):
    chief = factories.UserFactory()
    AccountMembership.objects.create(
        account=workspace.account, user=chief, role="admin"
    )
    client.force_login(chief)

    answer = client.patch(
        f"/v1/accounts/{workspace.account_id}/members/{chief.id}",
        {"role": "owner"},
        content_type="application/json",
    )

    assert answer.status_code == 403


def test_a_stranger_reaches_none_of_it(foreign_api, workspace, owner):
    for path in (
        f"/workspaces/{workspace.id}/members",
        f"/workspaces/{workspace.id}/usage",
        f"/accounts/{workspace.account_id}",
        f"/accounts/{workspace.account_id}/members",
        f"/accounts/{workspace.account_id}/workspaces",
    ):
        assert foreign_api.get(path).status_code == 404, path
    assert (
        foreign_api.patch(f"/workspaces/{workspace.id}", {"name": "x"}).status_code
        == 404
    )


def test_who_asks_is_told(api, workspace):
    told = api.get("/auth/me").json()

    assert told["id"] == str(workspace.id)
    assert api.raw.startswith(told["api_key_prefix"])
    assert told["plivo_connected"] is False
