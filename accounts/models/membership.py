"""Who may act where, and who is asked to join."""

from datetime import datetime

from django.conf import settings
from django.db import models

from accounts.models.workspace import Account, Workspace
from common import clock, ids


class AccountMembership(models.Model):
    """A person's role over all of an account's workspaces."""

    class Role(models.TextChoices):
        OWNER = "owner"
        ADMIN = "admin"
        BILLING = "billing"

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="account_memberships",
    )
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "user"], name="one_role_an_account"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} of {self.account}"


class Membership(models.Model):
    """A person's role in one workspace."""

    class Role(models.TextChoices):
        ADMIN = "admin"
        EDITOR = "editor"
        CLIENT = "client"
        VIEWER = "viewer"

    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "user"], name="one_role_a_workspace"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} of {self.workspace}"


class Invitation(models.Model):
    """A letter that lets its reader join a workspace: signed, 7 days, used once."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField()
    role = models.CharField(
        max_length=16, choices=Membership.Role.choices, default=Membership.Role.CLIENT
    )
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(default=clock.now)  # the last time
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation_an_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.workspace}"

    def is_open(self, now: datetime) -> bool:
        """Tell whether the letter still lets its reader in."""
        return (
            self.accepted_at is None
            and self.revoked_at is None
            and self.expires_at > now
        )
