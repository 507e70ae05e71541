"""What happened to accounts, told as events.

``accounts`` lies below and cannot post, so it sends signals, which nobody keeps. Each
of these functions therefore posts once for its key however often it is called, and a
sweep calls them again for whatever is recent.
"""

from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import ApiKey, Workspace
from common import ids
from webhooks import outbox

RECENT = timedelta(hours=1)


def welcome(workspace_id: UUID) -> None:
    """Tell that a workspace was founded: to itself, and to its account's first one,
    which may have endpoints already."""
    found = Workspace.objects.filter(pk=workspace_id).first()
    if found is None:
        return
    first = Workspace.objects.filter(account_id=found.account_id, is_primary=True)
    for told in {found, *first}:
        outbox.post(
            workspace=told,
            event="auth.welcome",
            data={
                "workspace_id": found.id,
                "name": found.name,
                "created_at": found.created_at,
            },
            key=f"auth.welcome:{found.id}",
            subject=f"workspace:{found.id}",
        )


def key_created(key_id: UUID) -> None:
    """Tell that a key was made."""
    _about_key(key_id, "system.api_key_created")


def key_revoked(key_id: UUID) -> None:
    """Tell that a key was shut out."""
    _about_key(key_id, "system.api_key_revoked")


def _about_key(key_id: UUID, event: str) -> None:
    key = ApiKey.objects.filter(pk=key_id).select_related("workspace").first()
    if key is None or (event == "system.api_key_revoked" and not key.revoked_at):
        return
    outbox.post(
        workspace=key.workspace,
        event=event,
        data={
            "key_id": key.id,
            "key_prefix": key.key_prefix,
            "kind": key.kind,
            "label": key.label,
            "scopes": key.scopes,
            "created_at": key.created_at,
            "revoked_at": key.revoked_at,
        },
        key=f"{event}:{key.id}",
        subject=f"key:{key.id}",
    )


def catch_up(*, now: datetime) -> None:
    """Post what a lost nudge left out."""
    since = ids.floor(now - RECENT)
    for key_id in ApiKey.objects.filter(pk__gte=since).values_list("pk", flat=True):
        key_created(key_id)
    shut = ApiKey.objects.filter(revoked_at__gte=now - RECENT)
    for key_id in shut.values_list("pk", flat=True):
        key_revoked(key_id)
    for found in Workspace.objects.filter(pk__gte=since).values_list("pk", flat=True):
        welcome(found)
