"""Accounts' facts, as events."""

import pytest

from accounts import keys, workspaces
from common import clock
from tests import factories
from webhooks import news
from webhooks.models import Event


def told(workspace):
    return list(workspace.webhook_events.order_by("pk").values_list("type", flat=True))


@pytest.mark.django_db(transaction=True)
def test_making_and_revoking_a_key_are_told():
    workspace = factories.WorkspaceFactory()

    key, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])
    keys.revoke(key, by=None)

    assert told(workspace) == ["system.api_key_created", "system.api_key_revoked"]
    assert raw not in "".join(Event.objects.values_list("body", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_new_workspace_is_told_to_itself_and_to_the_account_s_first():
    owner = factories.UserFactory()
    first = workspaces.found(owner=owner, name="First")

    second = workspaces.found_another(owner=owner, name="Second")

    assert told(first) == ["auth.welcome", "auth.welcome"]
    assert told(second) == ["auth.welcome"]


def test_a_sweep_tells_what_a_lost_nudge_left_out_and_nothing_twice(workspace):
    key, _ = keys.create(workspace=workspace, kind="workspace", scopes=["*"])
    keys.revoke(key, by=None)  # nothing was committed: nobody was nudged

    news.catch_up(now=clock.now())
    news.catch_up(now=clock.now())

    assert sorted(told(workspace)) == [
        "auth.welcome",
        "system.api_key_created",
        "system.api_key_revoked",
    ]
