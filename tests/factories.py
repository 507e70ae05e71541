"""One factory a model."""

import factory
from factory.django import DjangoModelFactory

from accounts import models as accounts
from agents import models as agents
from billing import models as billing
from telephony import models as telephony
from webhooks import models as webhooks


class UserFactory(DjangoModelFactory):
    class Meta:
        model = accounts.User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    password = factory.django.Password("correct horse")


class AccountFactory(DjangoModelFactory):
    class Meta:
        model = accounts.Account

    name = factory.Sequence(lambda n: f"Account {n}")


class WorkspaceFactory(DjangoModelFactory):
    class Meta:
        model = accounts.Workspace

    account = factory.SubFactory(AccountFactory)
    name = factory.Sequence(lambda n: f"Workspace {n}")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = accounts.Membership

    workspace = factory.SubFactory(WorkspaceFactory)
    user = factory.SubFactory(UserFactory)
    role = accounts.Membership.Role.ADMIN


class WalletFactory(DjangoModelFactory):
    class Meta:
        model = billing.Wallet

    workspace = factory.SubFactory(WorkspaceFactory)


class AgentFactory(DjangoModelFactory):
    class Meta:
        model = agents.Agent

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence(lambda n: f"Agent {n}")
    config = factory.LazyFunction(dict)


class CallFactory(DjangoModelFactory):
    """A browser call that the caller ended, settled."""

    class Meta:
        model = telephony.Call

    workspace = factory.SelfAttribute("agent.workspace")
    agent = factory.SubFactory(AgentFactory)
    config = factory.LazyFunction(dict)
    channel = "browser"
    direction = "test"
    status = "completed"
    end_reason = "user_disconnect"
    caller = factory.Sequence(lambda n: f"+447700{n:06}")


class EndpointFactory(DjangoModelFactory):
    class Meta:
        model = webhooks.Endpoint

    workspace = factory.SubFactory(WorkspaceFactory)
    url = "https://hooks.example.com/rymi"
    events = factory.LazyFunction(lambda: ["call.completed"])
    secret = "whsec_0123456789abcdef"
