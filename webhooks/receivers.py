"""What the floor below tells us; asked for as later work."""

from typing import Any
from uuid import UUID

from accounts import signals
from common.later import later


def _founded(workspace_id: UUID, **_: Any) -> None:
    later("webhooks.post_welcome", workspace_id=str(workspace_id))


def _key_created(key_id: UUID, **_: Any) -> None:
    later("webhooks.post_key_created", key_id=str(key_id))


def _key_revoked(key_id: UUID, **_: Any) -> None:
    later("webhooks.post_key_revoked", key_id=str(key_id))


def connect() -> None:
    """Listen to accounts."""
    signals.workspace_founded.connect(_founded, dispatch_uid="webhooks.founded")
    signals.key_created.connect(_key_created, dispatch_uid="webhooks.key_created")
    signals.key_revoked.connect(_key_revoked, dispatch_uid="webhooks.key_revoked")
