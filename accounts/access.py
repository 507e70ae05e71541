"""The one gate: who is asking, for which workspace, in which role.

A session or an API key becomes ``request.workspace`` and ``request.role``. What a role
may do is one table. Sockets pass the same gate through ``workspace_of_scope``.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, Concatenate, Literal, ParamSpec, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from accounts.models import AccountMembership, Membership, User, Workspace
from common.errors import Refusal

Role = Literal["owner", "admin", "editor", "client", "viewer", "billing"]
Right = Literal["see", "talk", "edit", "administer", "pay"]

SESSION_KEY = "workspace"
# see: pages and records; talk: test calls; edit: agents; administer: members, keys,
# providers; pay: billing. A stranger has no role at all and gets 404.
RIGHTS: dict[str, frozenset[str]] = {
    "owner": frozenset({"see", "talk", "edit", "administer", "pay"}),
    "admin": frozenset({"see", "talk", "edit", "administer", "pay"}),
    "editor": frozenset({"see", "talk", "edit"}),
    "client": frozenset({"see", "talk"}),
    "viewer": frozenset({"see"}),
    "billing": frozenset({"pay"}),
}


class NotAllowed(Refusal):
    """The person may see the thing but not do this to it."""

    code = "forbidden"
    status = 403


class StudioRequest(HttpRequest):
    """A request that has passed the gate."""

    user: User
    workspace: Workspace
    role: Role
    htmx: HtmxDetails

    may: Callable[[Right], bool]  # whether the role allows it


def role_in(user: User, workspace: Workspace) -> Role | None:
    """Return the user's role in the workspace, account roles first; None: a stranger."""
    account_role = (
        AccountMembership.objects.filter(user=user, account_id=workspace.account_id)
        .values_list("role", flat=True)
        .first()
    )
    if account_role in ("owner", "admin"):
        return account_role  # type: ignore[return-value]  # the column holds Role
    role = (
        Membership.objects.filter(user=user, workspace=workspace)
        .values_list("role", flat=True)
        .first()
    )
    return role or account_role  # type: ignore[return-value]


def workspaces_of(user: User) -> list[Workspace]:
    """Return every workspace the user has a role in, by name."""
    return list(
        Workspace.objects.filter(
            Q(memberships__user=user) | Q(account__memberships__user=user)
        )
        .select_related("account")
        .distinct()
        .order_by("name")
    )


def choose(user: User, wanted: str | None) -> tuple[Workspace, Role] | None:
    """Return the wanted workspace if it is the user's, else the first of theirs."""
    if wanted:
        try:
            workspace = Workspace.objects.filter(id=UUID(wanted)).first()
        except ValueError:
            workspace = None
        if workspace and (role := role_in(user, workspace)):
            return workspace, role
    for workspace in workspaces_of(user):
        if role := role_in(user, workspace):
            return workspace, role
    return None


class WorkspaceMiddleware:
    """Puts ``workspace`` and ``role`` on the request of whoever is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.workspace = request.role = None  # type: ignore[attr-defined]
        request.may = partial(_may, cast(StudioRequest, request))  # type: ignore[attr-defined]
        if request.user.is_authenticated and (
            chosen := choose(request.user, request.session.get(SESSION_KEY))
        ):
            request.workspace, request.role = chosen  # type: ignore[attr-defined]
        return self.get_response(request)


def _may(request: StudioRequest, right: Right) -> bool:
    return right in RIGHTS.get(request.role or "", frozenset())


P = ParamSpec("P")
View = Callable[Concatenate[StudioRequest, P], HttpResponse]


def studio(right: Right = "see") -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """Let a Studio view in only with a workspace and a role that allows ``right``."""

    def guard(view: View[P]) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.workspace is None:
                raise Http404
            if not request.may(right):
                raise NotAllowed(
                    "Your role in this workspace does not allow this. "
                    "Ask an admin of the workspace."
                )
            return view(request, *args, **kwargs)

        guarded.studio_right = right  # type: ignore[attr-defined]  # the route matrix reads it
        return guarded

    return guard


def workspace_of_scope(scope: dict[str, Any]) -> tuple[Workspace, Role] | None:
    """Pass a socket's session through the gate. Reads the database: call in a thread."""
    user = scope.get("user")
    if not isinstance(user, User) or not user.is_active:
        return None
    session = scope.get("session") or {}
    return choose(user, session.get(SESSION_KEY))
