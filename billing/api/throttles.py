"""How many API requests a minute: per key, per workspace, per address."""

from rest_framework.request import Request

from accounts.models import ApiKey, Workspace
from common.api.limits import Limit

PER_MINUTE: dict[str, int] = {  # by plan, for each workspace and for each key
    Workspace.Plan.FREE: 60,
    Workspace.Plan.ENTERPRISE: 1_000,
}
PER_ADDRESS = 1_200  # many workspaces may share one: an office, a cloud function


class PerKey(Limit):
    def bucket(self, request: Request) -> tuple[str, int] | None:
        key = request.auth
        if not isinstance(key, ApiKey):
            return None
        return f"key:{key.pk}", PER_MINUTE[key.workspace.plan]


class PerWorkspace(Limit):
    def bucket(self, request: Request) -> tuple[str, int] | None:
        workspace = getattr(request, "workspace", None)
        if workspace is None:
            return None
        return f"workspace:{workspace.pk}", PER_MINUTE[workspace.plan]


class PerAddress(Limit):
    def bucket(self, request: Request) -> tuple[str, int] | None:
        return f"address:{request.META.get('REMOTE_ADDR')}", PER_ADDRESS
