"""Keeping the audit trail of deeds that have a reason."""

from accounts.models import AuditEntry, User, Workspace


def record(
    *,
    workspace: Workspace | None,
    actor: User | None,
    verb: str,
    target: str = "",
    reason: str = "",
) -> AuditEntry:
    """Write down who did what to what, and why."""
    return AuditEntry.objects.create(
        workspace=workspace, actor=actor, verb=verb, target=target, reason=reason
    )
