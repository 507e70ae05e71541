import pytest

from accounts import members
from accounts.models import AccountMembership, AuditEntry
from common.errors import NotFound
from tests import factories


def test_of_lists_account_roles_first_and_everybody_once(workspace, owner, viewer):
    above = factories.UserFactory(first_name="Zoe")
    AccountMembership.objects.create(
        account=workspace.account, user=above, role="owner"
    )
    factories.MembershipFactory(workspace=workspace, user=above, role="admin")

    people = members.of(workspace)

    assert [(each.user, each.role) for each in people] == [
        (above, "owner"),
        (owner, "admin"),
        (viewer, "viewer"),
    ]
    assert not people[0].can_change


def test_of_asks_the_database_twice(workspace, owner, django_assert_num_queries):
    factories.MembershipFactory.create_batch(5, workspace=workspace)

    with django_assert_num_queries(2):
        members.of(workspace)


def test_change_role_is_written_down(workspace, owner, viewer):
    members.change_role(workspace=workspace, user_id=viewer.id, role="editor", by=owner)

    assert viewer.memberships.get().role == "editor"
    assert AuditEntry.objects.get().target == f"{viewer.email} to editor"


def test_the_last_admin_stays(workspace, owner):
    for deed in (
        lambda: members.remove(workspace=workspace, user_id=owner.id, by=owner),
        lambda: members.change_role(
            workspace=workspace, user_id=owner.id, role="viewer", by=owner
        ),
    ):
        with pytest.raises(members.LastAdmin):
            deed()

    assert owner.memberships.get().role == "admin"


def test_a_disabled_admin_does_not_count(workspace, owner):
    factories.MembershipFactory(
        workspace=workspace, role="admin", user__is_active=False
    )

    with pytest.raises(members.LastAdmin):
        members.remove(workspace=workspace, user_id=owner.id, by=owner)


def test_an_owner_of_the_account_cannot_be_removed_here(workspace, owner):
    above = factories.UserFactory()
    AccountMembership.objects.create(
        account=workspace.account, user=above, role="owner"
    )
    factories.MembershipFactory(workspace=workspace, user=above, role="admin")

    with pytest.raises(members.Fixed):
        members.remove(workspace=workspace, user_id=above.id, by=owner)


def test_remove_knows_no_strangers(workspace, owner, stranger):
    with pytest.raises(NotFound):
        members.remove(workspace=workspace, user_id=stranger.id, by=owner)

    assert stranger.memberships.count() == 1


def test_whoever_is_removed_is_a_stranger_with_the_next_request(
    client, workspace, owner, viewer
):
    client.force_login(viewer)
    assert client.get("/").status_code == 200

    members.remove(workspace=workspace, user_id=viewer.id, by=owner)

    assert client.get("/")["Location"] == "/workspaces/new/"
