"""Agents and connected providers, for support. Credentials are never shown."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from accounts.support_desk import Desk, Inside, person, verb
from agents import provider_keys
from agents.models import Agent, Change, ProviderKey, Snapshot


class SnapshotsInside(Inside):
    model = Snapshot
    fields = ("number", "revision", "published_by", "created_at")
    readonly_fields = fields
    ordering = ("-number",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("published_by", "agent")


@admin.register(Agent)
class AgentDesk(Desk):
    list_display = ("name", "workspace", "revision", "published", "updated_at")
    list_select_related = ("workspace", "published__agent")
    search_fields = ("name", "workspace__name")
    search_help_text = "Name, workspace or id"
    inlines = (SnapshotsInside,)

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(workspace_id=wanted)


@admin.register(Snapshot)
class SnapshotDesk(Desk):
    list_display = ("agent", "number", "published_by", "created_at")
    list_select_related = ("agent", "published_by")
    search_fields = ("agent__name",)

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(agent_id=wanted)


@admin.register(Change)
class ChangeDesk(Desk):
    list_display = ("agent", "field_path", "changed_by", "created_at", "undone_at")
    list_select_related = ("agent", "changed_by")
    search_fields = ("agent__name", "field_path", "changed_by__email__istartswith")

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(agent_id=wanted)


@admin.register(ProviderKey)
class ProviderKeyDesk(Desk):
    list_display = ("provider", "workspace", "masked", "is_active", "tested_at")
    list_filter = ("provider",)
    list_select_related = ("workspace",)
    search_fields = ("provider", "workspace__name", "account_name")
    actions_detail = ("disconnect",)
    secret_fields = ("credentials",)

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(workspace_id=wanted)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave the credentials in the database: nothing here may decrypt them."""
        return super().get_queryset(request).defer("credentials")

    @verb(
        "Disconnect",
        permission="agents.delete_providerkey",
        icon="link_off",
        warning="Calls fall back to the platform's own key, or stop. The customer has "
        "to enter the key again.",
    )
    def disconnect(
        self, request: HttpRequest, key: ProviderKey, form: forms.Form
    ) -> Any:
        provider_keys.disconnect(
            workspace=key.workspace,
            provider=key.provider,
            by=person(request),
            reason=form.cleaned_data["reason"],
        )
        return self.to_list(request, f"{key.provider} is disconnected.")
