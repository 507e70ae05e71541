"""The first start: somebody to sign in as, a workspace, one published agent."""

from django.db import transaction

from accounts import workspaces
from accounts.models import User
from agents import demo
from billing import wallet

EMAIL = "demo@example.com"


@transaction.atomic
def ensure() -> User:
    """Return who the sign-in link is for; where nobody exists yet, make the demo."""
    first = User.objects.filter(is_superuser=True).order_by("date_joined").first()
    if first:
        return first
    user = User.objects.create_superuser(EMAIL, first_name="Demo")
    workspace = workspaces.found(owner=user, name="Demo workspace")
    wallet.open(workspace)
    demo.publish_agent(workspace, by=user)
    return user
