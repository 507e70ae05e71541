"""A live server on loopback with a real database, and the official client before it."""

import pytest
import rymi
from django.core.cache import cache

from accounts import keys
from accounts.models import AccountMembership, Workspace
from agents import authoring, publishing
from agents import config as configs
from billing import wallet
from telephony.models import Call
from tests import factories
from tests.sdk import calls


class World:
    """What the client's methods are tried on."""

    def __init__(self, url):
        cache.clear()
        self.workspace = factories.WorkspaceFactory(
            name="Ours", plan=Workspace.Plan.ENTERPRISE
        )
        self.owner = factories.UserFactory(email="owner@example.com")
        AccountMembership.objects.create(
            account=self.workspace.account, user=self.owner, role="owner"
        )
        wallet.top_up(
            workspace=self.workspace, amount_micros=10**9, key="t", note="test"
        )
        _, self.raw = keys.create(
            workspace=self.workspace, kind="account", scopes=["*"]
        )
        self.url = f"{url}/v1"
        self.rymi = rymi.Rymi(api_key=self.raw, base_url=self.url)

    def agent(self):
        """Make a published agent."""
        config = configs.parse({"persona": {"role": "clerk"}})
        made = authoring.create(
            workspace=self.workspace, name="Desk", config=config, by=self.owner
        )
        publishing.publish(made, by=self.owner)
        return made

    def call(self, **fields):
        """Make a call that has ended, with words and a recording."""
        return calls.ended(self.agent(), **fields)

    def live_call(self):
        """Start a call that waits for its browser."""
        told = self.rymi.calls.create(
            str(self.agent().id), [{"transport": "webrtc", "identity": "v"}]
        )
        return Call.objects.get(pk=told["id"])


@pytest.fixture
def world(transactional_db, live_server):
    return World(live_server.url)
