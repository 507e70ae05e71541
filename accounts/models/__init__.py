"""Records of the accounts app."""

from accounts.models.audit import AuditEntry
from accounts.models.idempotency import IdempotentRequest
from accounts.models.key import ApiKey
from accounts.models.membership import AccountMembership, Invitation, Membership
from accounts.models.sign_in_link import SignInLink
from accounts.models.support import SupportTicket, TicketMessage
from accounts.models.system import (
    ComponentCheck,
    ComponentDay,
    Incident,
    IncidentUpdate,
    Level,
)
from accounts.models.user import User
from accounts.models.workspace import Account, Workspace

__all__ = [
    "Account",
    "AccountMembership",
    "ApiKey",
    "AuditEntry",
    "ComponentCheck",
    "ComponentDay",
    "IdempotentRequest",
    "Incident",
    "IncidentUpdate",
    "Invitation",
    "Level",
    "Membership",
    "SignInLink",
    "SupportTicket",
    "TicketMessage",
    "User",
    "Workspace",
]
