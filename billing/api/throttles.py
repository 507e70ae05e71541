"""How many API requests a minute: per key, per workspace, per address."""

from django.core.cache import cache
from rest_framework.request import Request

from accounts.models import ApiKey, Workspace
from billing import plans
from common.api.limits import Limit

PER_ADDRESS = 1_200  # many workspaces may share one: an office, a cloud function
REMEMBERED = 30  # seconds until another plan is felt
UNLIMITED = 0  # as it is remembered: None would be "not known"


def per_minute(workspace: Workspace) -> int | None:
    """Return what the plan allows; None: no limit."""
    name = f"requests-per-minute:{workspace.pk}"
    known = cache.get(name)
    if known is None:
        known = plans.limits(workspace).requests_per_minute or UNLIMITED
        cache.set(name, known, REMEMBERED)
    return known or None


class PerKey(Limit):
    def bucket(self, request: Request) -> tuple[str, int] | None:
        key = request.auth
        if not isinstance(key, ApiKey):
            return None
        most = per_minute(key.workspace)
        return (f"key:{key.pk}", most) if most else None


class PerWorkspace(Limit):
    def bucket(self, request: Request) -> tuple[str, int] | None:
        workspace = getattr(request, "workspace", None)
        most = per_minute(workspace) if workspace else None
        return (f"workspace:{workspace.pk}", most) if workspace and most else None


class PerAddress(Limit):
    def bucket(self, request: Request) -> tuple[str, int] | None:
        return f"address:{request.META.get('REMOTE_ADDR')}", PER_ADDRESS
