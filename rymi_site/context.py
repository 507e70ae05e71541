"""What the Studio shell needs on every page."""

from typing import Any, cast, get_args

from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts import access, system_status
from accounts.access import StudioRequest
from accounts.models import Workspace
from accounts.system_status import SystemStatus
from billing import balance
from rymi_site import navigation
from telephony.models import Call


class Shell:
    """Sidebar and top bar. Read only when drawn, so fragments cost nothing."""

    def __init__(self, request: StudioRequest) -> None:
        self.request = request

    @cached_property
    def navigation(self) -> navigation.Navigation:
        return navigation.of(self.request)

    @cached_property
    def may(self) -> dict[str, bool]:
        """What the reader's role allows: ``{% if shell.may.edit %}``."""
        return {right: self.request.may(right) for right in get_args(access.Right)}

    @property
    def workspaces(self) -> list[Workspace]:
        """Every workspace to switch to."""
        return self.request.workspaces

    @cached_property
    def balance(self) -> balance.Balance:
        return balance.of(self.request.workspace)

    @cached_property
    def incident(self) -> SystemStatus | None:
        """What the operator says is wrong; None: nothing."""
        return system_status.told()

    @cached_property
    def live(self) -> int:
        """How many calls are under way."""
        return self.request.workspace.calls.filter(status__in=Call.LIVE).count()


def shell_of(request: StudioRequest) -> Shell:
    """Return the one shell of a request, so that a page and its frame ask once."""
    if not hasattr(request, "shell"):
        request.shell = Shell(request)  # type: ignore[attr-defined]  # ours alone
    return cast(Shell, request.shell)  # type: ignore[attr-defined]  # as above


def studio(request: HttpRequest) -> dict[str, Any]:
    """Return the workspace and the shell around its pages; neither for a stranger."""
    workspace = getattr(request, "workspace", None)
    shell = shell_of(cast(StudioRequest, request)) if workspace else None
    return {"workspace": workspace, "shell": shell}
