"""The one gate: who is asking, for which workspace, in which role.

A session or an API key becomes ``request.workspace`` and ``request.role``. What a role
may do is one table. Sockets pass the same gate through ``workspace_of_scope``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django_htmx.middleware import HtmxDetails
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import (
    browser_origins,
    idempotency,
    key_memory,
    keys,
    sessions,
    workspaces,
)
from accounts.models import AccountMembership, ApiKey, Membership, User, Workspace
from common import clock
from common.api import limits, soft_breach
from common.api.view import ApiView
from common.errors import NotFound, Refusal

Role = Literal["owner", "admin", "editor", "client", "viewer", "billing"]
Right = Literal["see", "talk", "supervise", "edit", "administer", "pay"]

SESSION_KEY = "workspace"
WORKSPACE_HEADER = "Rymi-Workspace"
WRONG_KEYS_A_MINUTE = 60  # from one address
# see: pages and records; talk: test calls; supervise: listen to live calls, whisper to
# their agents, take them over; edit: agents; administer: members, keys,
# providers; pay: billing. A stranger has no role at all and gets 404.
RIGHTS: dict[str, frozenset[str]] = {
    "owner": frozenset({"see", "talk", "supervise", "edit", "administer", "pay"}),
    "admin": frozenset({"see", "talk", "supervise", "edit", "administer", "pay"}),
    "editor": frozenset({"see", "talk", "supervise", "edit"}),
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
    workspaces: list[Workspace]  # all of the user's, by name
    role: Role
    htmx: HtmxDetails

    may: Callable[[Right], bool]  # whether the role allows it


def _reach(user: User) -> QuerySet[Workspace]:
    """Return the workspaces the user has a role in, each with its two roles."""
    account_role = AccountMembership.objects.filter(
        user=user, account_id=OuterRef("account_id")
    ).values("role")
    own_role = Membership.objects.filter(user=user, workspace=OuterRef("pk")).values(
        "role"
    )
    return (
        Workspace.objects.filter(deleted_at=None)
        .annotate(account_role=Subquery(account_role), own_role=Subquery(own_role))
        .exclude(account_role=None, own_role=None)
        .select_related("account")
        .order_by("name", "id")
    )


def _role(workspace: Any) -> Role:
    """Return the stronger of the two roles that ``_reach`` found."""
    if workspace.account_role in ("owner", "admin"):
        return cast(Role, workspace.account_role)
    return cast(Role, workspace.own_role or workspace.account_role)


def role_of(reached: Workspace) -> Role:
    """Return the role in a workspace that ``workspaces_of`` found."""
    return _role(reached)


def workspaces_of(user: User) -> list[Workspace]:
    """Return every workspace the user has a role in, by name."""
    return list(_reach(user))


def choose(user: User, wanted: str | None) -> tuple[Workspace, Role] | None:
    """Return the wanted workspace if it is the user's, else the first of theirs."""
    return _chosen(workspaces_of(user), wanted)


def _chosen(
    workspaces: list[Workspace], wanted: str | None
) -> tuple[Workspace, Role] | None:
    if not workspaces:
        return None
    oldest = min(workspaces, key=lambda each: each.pk)  # ids sort by birth
    named = (each for each in workspaces if str(each.pk) == wanted)
    workspace = next(named, oldest)
    return workspace, _role(workspace)


class WorkspaceMiddleware:
    """Puts ``workspace`` and ``role`` on the request of whoever is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        studio_request = cast(StudioRequest, request)
        studio_request.may = partial(_may, studio_request)
        studio_request.workspace = studio_request.role = None  # type: ignore[assignment]  # pages without ``studio`` ask for neither
        studio_request.workspaces = []
        if request.user.is_authenticated:
            if hijackers := request.session.get("hijack_history"):
                request.user.hijacker_id = hijackers[0]  # type: ignore[attr-defined]  # read by audit
            studio_request.workspaces = workspaces_of(request.user)
            wanted = request.session.get(SESSION_KEY)
            if chosen := _chosen(studio_request.workspaces, wanted):
                studio_request.workspace, studio_request.role = chosen
        return self.get_response(request)


def _may(request: StudioRequest, right: Right) -> bool:
    return right in RIGHTS.get(request.role or "", frozenset())


P = ParamSpec("P")
View = Callable[Concatenate[StudioRequest, P], HttpResponseBase]


def studio(right: Right = "see") -> Callable[[View[P]], Callable[..., Any]]:
    """Let a Studio view in only with a workspace and a role that allows ``right``."""

    def guard(view: View[P]) -> Callable[..., Any]:
        @login_required
        @wraps(view)
        def guarded(
            request: Any, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if request.workspace is None:
                return redirect("accounts:workspace-new")
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
    if sessions.is_over(session, clock.now()):
        return None
    return choose(user, session.get(SESSION_KEY))


class KeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer <key>``: sets ``request.workspace`` and ``request.auth``.

    ``Rymi-Workspace`` chooses another workspace of the key's account.
    """

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        kind, _, raw = header.partition(" ")
        if kind.lower() != "bearer" or not raw.strip():
            raise AuthenticationFailed(
                "Send the key as “Authorization: Bearer <key>”.", "unauthorized"
            )
        address = request.META.get("REMOTE_ADDR")
        key = keys.authenticate(
            raw.strip(), address=address, generation_for=partial(_counting, request)
        )
        if key is None:
            # Counted when wrong only: who shares the address is not locked out.
            if limits.count(f"wrong-keys:{address}") > WRONG_KEYS_A_MINUTE:
                raise Throttled(limits.seconds_left())
            raise AuthenticationFailed(
                "This key is unknown, revoked or expired. "
                "Make another under Settings → API keys.",
                "unauthorized",
            )
        inner = cast(StudioRequest, request._request)
        inner.workspace = _workspace_for(key, request.headers.get(WORKSPACE_HEADER))
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _counting(request: Request, key: ApiKey) -> object:
    """Read which keys are to be read anew and count the request, in one round trip."""
    buckets = [
        limits.of_address(request.META.get("REMOTE_ADDR", "")),
        limits.of_key(key.pk),
    ]
    if WORKSPACE_HEADER not in request.headers:
        buckets.append(limits.of_workspace(key.workspace_id))
    generation, counts = limits.count_beside(key_memory.GENERATION, buckets)
    limits.counted(request).update(zip(buckets, counts, strict=True))
    found: object = generation
    return found


def _workspace_for(key: ApiKey, wanted: str | None) -> Workspace:
    if not wanted or wanted == str(key.workspace_id):
        return key.workspace
    reach = Workspace.objects.none()
    if key.kind == ApiKey.Kind.ACCOUNT:
        reach = workspaces.of_account(key.workspace.account_id)
    try:
        return reach.get(pk=UUID(wanted))
    except (ValueError, Workspace.DoesNotExist):
        raise NotFound(f"There is no workspace {wanted} for this key.") from None


class StudioSession(SessionAuthentication):
    """A person who is signed in to Studio, with Django's CSRF check."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found = super().authenticate(request)
        wanted = request.headers.get(WORKSPACE_HEADER)
        if found and wanted:
            inner = cast(StudioRequest, request._request)
            theirs = [each for each in inner.workspaces if str(each.pk) == wanted]
            if not theirs:
                raise NotFound(f"There is no workspace {wanted} for you.")
            inner.workspace, inner.role = theirs[0], _role(theirs[0])
        return found


class _Allowed(BasePermission):
    """Asks the key's scopes, or the person's role; fails closed."""

    def has_permission(self, request: Request, view: Any) -> bool:
        reading, gate = request.method in ("GET", "HEAD", "OPTIONS"), view.gate
        if isinstance(request.auth, ApiKey):
            scope = f"{gate.resource}:{'read' if reading else 'write'}"
            publishable = gate.publishable and request.method == "POST"
            _allow_key(request.auth, None if gate.scopeless else scope, publishable)
            if not reading and not gate.key_writes:
                raise NotAllowed(
                    "Keys cannot change this: a person does, signed in to Studio."
                )
            return True
        if not request.user:
            raise NotAuthenticated(
                "Send an API key: “Authorization: Bearer <key>”.", "unauthorized"
            )
        studio_request = cast(StudioRequest, request._request)
        if studio_request.workspace is None:
            raise NotFound("You are in no workspace.")
        if not studio_request.may(gate.read if reading else gate.write):
            raise NotAllowed("Your role in this workspace does not allow this.")
        return True


def _allow_key(key: ApiKey, scope: str | None, publishable: bool) -> None:
    if key.is_publishable:
        if publishable:
            return
        # Promised: anything else than starting a call answers 401.
        raise AuthenticationFailed(
            "A publishable key can only start a browser call. Use a secret key.",
            "unauthorized",
        )
    if scope and not key.allows(scope):
        raise NotAllowed(
            f"This key does not have the scope {scope}. Make one that has it under "
            "Settings → API keys."
        )


class ApiRequest(Request):
    """A request that has passed the API's gate; for annotations."""

    workspace: Workspace


def person(request: Request) -> User | None:
    """Return who is signed in, for operations that note by whom; None: a key asks."""
    return request.user if isinstance(request.user, User) else None


def key_of(request: Request) -> ApiKey | None:
    """Return the key that asks; None: a person is signed in."""
    return request.auth if isinstance(request.auth, ApiKey) else None


@dataclass(frozen=True, slots=True)
class Gate:
    """Who may come in to an endpoint, as ``api`` says; the route matrix reads it, too."""

    resource: str
    read: Right
    write: Right
    scopeless: bool
    publishable: bool
    key_writes: bool


V = TypeVar("V", bound=type[ApiView])


def api(
    resource: str,
    *,
    read: Right = "see",
    write: Right = "edit",
    scopeless: bool = False,
    publishable: bool = False,
    key_writes: bool = True,
    in_one_go: bool = True,
) -> Callable[[V], V]:
    """Let an API view in only with a key that has the scope ``<resource>:read`` or
    ``:write`` (``scopeless``: with any secret key), or with a session whose role has
    the right.

    ``publishable``: its POST is open to publishable keys, too, and checks itself what
    they may. ``key_writes=False``: only people change it. A POST takes an
    ``Idempotency-Key``; ``in_one_go=False`` where it waits for somebody outside, so
    that no transaction is held meanwhile.
    """

    def guard(view: V) -> V:
        view.authentication_classes = [KeyAuthentication, StudioSession]
        view.permission_classes = [_Allowed]
        view.gate = Gate(resource, read, write, scopeless, publishable, key_writes)
        if post := getattr(view, "post", None):
            view.post = idempotency.once(post, in_one_go=in_one_go)  # type: ignore[attr-defined]  # not every view has one
        view.finalize_response = _telling(view.finalize_response)  # type: ignore[method-assign]  # ours around it
        return view

    return guard


def _telling(finalize: Callable[..., Any]) -> Callable[..., Any]:
    """Let the answer carry what was noted while it was made."""

    @wraps(finalize)
    def told(self: Any, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        soft_breach.tell(request, response)
        browser_origins.tell(request, response)
        return finalize(self, request, response, *args, **kwargs)

    return told
