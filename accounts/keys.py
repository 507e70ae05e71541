"""Keys for programs: made, recognised, revoked. The raw key is seen once, by its maker."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts import audit, key_memory, signals
from accounts.models import ApiKey, User, Workspace
from accounts.models.key import EVERYTHING
from common import clock, ids
from common.errors import Refusal

SECRET = "rymi_"  # noqa: S105  # the beginning of every secret key, not one of them
PUBLISHABLE = "sb_publishable_"
SHOWN = {SECRET: 10, PUBLISHABLE: len(PUBLISHABLE) + 4}  # characters of the prefix
# What a key can be let into; campaigns, contacts and compliance come with theirs.
RESOURCES = (
    "agents",
    "calls",
    "numbers",
    "telephony",
    "dnc",
    "webhooks",
    "billing",
    "analytics",
    "providers",
    "tool_secrets",
    "workspaces",
    "accounts",
    "support",
    "keys",
)
SCOPES = tuple(f"{name}:{deed}" for name in RESOURCES for deed in ("read", "write"))
MOST_LIVE = 200  # keys in one workspace
USE_NOTED_EVERY = timedelta(minutes=1)


class Invalid(Refusal):
    """The key that was asked for cannot be made."""

    code = "invalid_key"


def hashed(raw: str) -> str:
    """Return what is kept of a key. 256 random bits need neither salt nor stretching."""
    return sha256(raw.encode()).hexdigest()


@transaction.atomic
def create(
    *,
    workspace: Workspace,
    kind: str,
    scopes: Iterable[str] = (),
    label: str = "",
    by: User | None = None,
    expires_at: datetime | None = None,
    agent_id: UUID | None = None,
    allowed_channels: Iterable[str] = ("web",),
    allowed_origins: Iterable[str] = (),
    max_concurrent: int | None = None,
    max_call_seconds: int | None = None,
    audience: str = "sdk",
    default_from_number: str = "",
) -> tuple[ApiKey, str]:
    """Make a key and return it with its raw text, which cannot be had again."""
    publishable = kind == ApiKey.Kind.PUBLISHABLE
    scopes, channels = sorted(set(scopes)), sorted(set(allowed_channels))
    _check(workspace, kind, scopes, label, agent_id, channels, audience)
    beginning = PUBLISHABLE if publishable else SECRET
    raw = ids.token(beginning)
    key = ApiKey.objects.create(
        workspace=workspace,
        kind=kind,
        label=label,
        key_hash=hashed(raw),
        key_prefix=raw[: SHOWN[beginning]],
        scopes=[] if publishable else scopes,
        expires_at=expires_at,
        agent_id=agent_id if publishable else None,
        allowed_channels=channels if publishable else [],
        allowed_origins=sorted(set(allowed_origins)) if publishable else [],
        max_concurrent=max_concurrent if publishable else None,
        max_call_seconds=max_call_seconds if publishable else None,
        audience=audience if publishable else "",
        default_from_number=default_from_number if publishable else "",
        created_by=by,
    )
    audit.record(workspace=workspace, actor=by, verb="key.created", target=str(key))
    transaction.on_commit(lambda: signals.key_created.send(ApiKey, key_id=key.id))
    return key, raw


class TooMuch(Refusal):
    """A key would make one that may do more than itself."""

    code = "forbidden"
    status = 403


def grant(
    *,
    workspace: Workspace,
    kind: str,
    scopes: Iterable[str] | None,
    label: str,
    by: User | None,
    through: ApiKey | None = None,
) -> tuple[ApiKey, str]:
    """Make a secret key for a program that asks for one. ``through`` is the key that
    asks: it hands on no more than it has. No scopes at all: everything (older clients
    send a label alone)."""
    wanted = [EVERYTHING] if scopes is None else list(scopes)
    if through is not None:
        beyond = [each for each in wanted if not through.allows_all_of(each)]
        if beyond or (kind == ApiKey.Kind.ACCOUNT and through.kind != kind):
            raise TooMuch(
                "A key can make keys that may do what it may do itself, and no more. "
                f"It lacks {', '.join(beyond) or 'the reach of an account'}."
            )
    return create(workspace=workspace, kind=kind, scopes=wanted, label=label, by=by)


def _check(
    workspace: Workspace,
    kind: str,
    scopes: list[str],
    label: str,
    agent_id: UUID | None,
    channels: list[str],
    audience: str,
) -> None:
    if kind not in ApiKey.Kind.values:
        raise Invalid(f"There is no kind of key called “{kind}”.")
    if len(label) > 100:
        raise Invalid("The name is longer than 100 characters. Shorten it.")
    if kind == ApiKey.Kind.PUBLISHABLE:
        if agent_id is None:
            raise Invalid("A publishable key belongs to one agent. Name the agent.")
        if not channels or set(channels) - {"web", "phone"}:
            raise Invalid("The channels of a publishable key are “web” and “phone”.")
        if audience not in ("sdk", "landing_demo"):
            raise Invalid("The audience is “sdk” or “landing_demo”.")
    else:
        if not scopes:
            raise Invalid("Choose at least one thing that the key may do.")
        if unknown := set(scopes) - {*SCOPES, EVERYTHING}:
            raise Invalid(
                f"Unknown scope: {', '.join(sorted(unknown))}. "
                f"Known are {', '.join(SCOPES)} and {EVERYTHING}."
            )
    if workspace.api_keys.live(clock.now()).count() >= MOST_LIVE:
        raise Invalid(
            f"This workspace has {MOST_LIVE} live keys, which is the most there can "
            "be. Revoke one that is no longer used."
        )


def revoke(key: ApiKey, *, by: User | None, reason: str = "") -> None:
    """Shut the key out at once; a second time does nothing."""
    with transaction.atomic():
        shut = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(
            revoked_at=clock.now()
        )
        if not shut:
            return
        key.refresh_from_db(fields=["revoked_at"])
        key_memory.forget_all()
        audit.record(
            workspace=key.workspace,
            actor=by,
            verb="key.revoked",
            target=str(key),
            reason=reason,
        )
        transaction.on_commit(lambda: signals.key_revoked.send(ApiKey, key_id=key.id))


def authenticate(
    raw: str,
    *,
    address: str | None = None,
    generation_for: Callable[[ApiKey], object] | None = None,
) -> ApiKey | None:
    """Return the live key with this text, if there is one, and note its use.

    ``generation_for``: see ``key_memory.recall``.
    """
    if not raw.startswith((SECRET, PUBLISHABLE)):
        return None
    now, key_hash = clock.now(), hashed(raw)
    key = key_memory.recall(key_hash, generation_for)
    if key is None:
        generation = key_memory.generation()
        key = (
            ApiKey.objects.live(now)
            .filter(key_hash=key_hash)
            .select_related("workspace")
            .first()
        )
        if key is None:
            return None
        _note_use(key, now, address)
        key_memory.keep(key_hash, key, generation)
    return key if key.is_live(now) else None


def _note_use(key: ApiKey, now: datetime, address: str | None) -> None:
    """Note the use, once a minute: a busy key must not make its row a hot spot."""
    stale = now - USE_NOTED_EVERY
    if key.last_used_at and key.last_used_at > stale:
        return
    ApiKey.objects.filter(
        Q(last_used_at=None) | Q(last_used_at__lte=stale), pk=key.pk
    ).update(last_used_at=now, last_used_ip=address)
