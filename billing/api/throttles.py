"""How many API requests a minute: per key, per workspace, per address."""

import time

from rest_framework.request import Request

from accounts.models import ApiKey, Workspace
from billing import plans
from common.api import limits
from common.api.limits import Limits

PER_ADDRESS = 1_200  # many workspaces may share one: an office, a cloud function
REMEMBERED_S = 30  # until another plan is felt
MOST_REMEMBERED = 10_000  # workspaces
_remembered: dict[object, tuple[float, int | None]] = {}


def per_minute(workspace: Workspace) -> int | None:
    """Return what the plan allows; None: no limit. Remembered for half a minute."""
    known = _remembered.get(workspace.pk)
    if known and known[0] > time.monotonic():
        return known[1]
    most = plans.limits(workspace).requests_per_minute
    if len(_remembered) > MOST_REMEMBERED:
        _remembered.clear()
    _remembered[workspace.pk] = (time.monotonic() + REMEMBERED_S, most)
    return most


class PerMinute(Limits):
    """Whichever is narrower: the plan, for key and workspace, or the address."""

    def buckets(self, request: Request) -> dict[str, int]:
        found = {limits.of_address(request.META.get("REMOTE_ADDR", "")): PER_ADDRESS}
        key, workspace = request.auth, getattr(request, "workspace", None)
        if isinstance(key, ApiKey) and (most := per_minute(key.workspace)):
            found[limits.of_key(key.pk)] = most
        if workspace is not None and (most := per_minute(workspace)):
            found[limits.of_workspace(workspace.pk)] = most
        return found
