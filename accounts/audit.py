"""The book of who did what: written by operations, read by admins and support."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import AuditEntry, User, Workspace

# What a verb reads like after a person's name. Verbs that are not here are shown as
# they are; each app adds the ones it records.
PHRASES: dict[str, str] = {
    "workspace.founded": "founded the workspace",
    "workspace.renamed": "renamed the workspace",
    "workspace.changed": "changed the workspace's",
    "workspace.deleted": "closed the workspace",
    "member.added": "let in",
    "account.renamed": "renamed the account",
    "account.member_added": "gave a role in the account to",
    "account.role_changed": "changed the account role of",
    "account.member_removed": "took the account role of",
    "ticket.opened": "asked support about",
    "ticket.answered": "answered the question about",
    "ticket.closed": "closed the question about",
    "tester.invited": "let try the agent",
    "tester.revoked": "no longer lets try the agent",
    "incident.investigating": "told of an incident:",
    "incident.identified": "told what is behind an incident:",
    "incident.monitoring": "told that an incident is mended:",
    "incident.resolved": "told that an incident is over:",
    "key.created": "made a secret key",
    "key.revoked": "revoked a key",
    "member.invited": "invited",
    "member.invited_again": "sent the invitation again to",
    "member.joined": "joined",
    "member.role_changed": "changed the role of",
    "member.removed": "removed",
    "member.left": "left the workspace",
    "invitation.revoked": "withdrew the invitation of",
    "hijack.started": "signed in as",
    "hijack.ended": "stopped acting as",
    "user.disabled": "disabled",
    "user.enabled": "enabled",
    "transcript.opened": "read a transcript",
    "recording.opened": "heard a recording",
    "wallet.adjusted": "adjusted the balance",
    "payment.refunded": "gave back",
    "recharge.set": "set the automatic recharge:",
    "alerts.set": "set the spend alerts:",
    "billing.country_set": "set the billing country to",
    "cap.set": "set a spend cap:",
    "sku.priced": "set the price of",
    "plan.changed": "set the limits of the plan",
    "limit.agreed": "agreed on a limit:",
    "limit.withdrawn": "withdrew the agreed limit",
    "call.ended": "ended a call",
    "call.listened": "listened to the call",
    "call.whispered": "whispered to the agent in the call",
    "call.taken_over": "took over the call",
    "call.participant_added": "added somebody to the call",
    "agent.published": "published",
    "agent.link_made": "shared by a public link",
    "agent.link_changed": "changed the public link of",
    "agent.link_replaced": "replaced the public link of",
    "agent.withdrawn": "took out of real calls",
    "agent.deleted": "deleted the agent",
    "agent.restored": "restored the agent",
    "provider.connected": "connected a provider",
    "provider.disconnected": "disconnected a provider",
    "carrier.connected": "connected the carrier",
    "carrier.disconnected": "disconnected the carrier",
    "number.registered": "registered",
    "number.attached": "chose who answers",
    "number.detached": "let nobody answer",
    "number.changed": "changed the number",
    "number.removed": "released",
    "do_not_call.added": "blocked calls to",
    "do_not_call.removed": "allowed calls to",
    "webhook.added": "added the webhook endpoint",
    "webhook.changed": "changed the webhook endpoint",
    "webhook.deleted": "deleted the webhook endpoint",
    "webhook.paused": "paused the webhook endpoint",
    "webhook.resumed": "resumed the webhook endpoint",
    "webhook.secret_replaced": "replaced the signing secret of",
    "webhook.secret_dropped": "ended the former signing secret of",
    "webhook.resent": "sent again",
    "webhook.held": "kept back",
    "staff.added": "made staff:",
}


def record(
    *,
    workspace: Workspace | None,
    actor: User | None,
    verb: str,
    target: str = "",
    reason: str = "",
) -> AuditEntry:
    """Write one deed down, and the member of staff who did it in the actor's name."""
    return AuditEntry.objects.create(
        workspace=workspace,
        actor=actor,
        staff_id=getattr(actor, "hijacker_id", None),
        verb=verb,
        target=target[:120],
        reason=reason,
    )


def phrase(verb: str) -> str:
    """Return words for a verb."""
    return PHRASES.get(verb) or verb.replace("_", " ").replace(".", ": ")


def of(workspace: Workspace, *, before: str | None = None) -> QuerySet[AuditEntry]:
    """Return the workspace's entries, newest first, from the one called ``before``."""
    book = workspace.audit_entries.select_related("actor", "staff").order_by("-id")
    try:
        return book.filter(id__lt=UUID(before)) if before else book
    except ValueError:
        return book.none()
