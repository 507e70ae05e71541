"""What comes after calls, for support: how far it is and why it stopped. What was said,
and what was worked out of it, is not shown here."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q

from accounts.support_desk import Desk
from intelligence.models import AnalysisStep, ErasureReceipt, EvalRun, LegalHold


@admin.register(AnalysisStep)
class AnalysisStepDesk(Desk):
    list_display = ("call", "name", "state", "attempts", "next_at", "updated_at")
    list_select_related = ("call",)
    list_filter = ("state", "name")
    search_fields = ("last_error",)
    search_help_text = "A call’s id, or words of the error"
    ordering = ("-id",)

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(call_id=wanted)


@admin.register(EvalRun)
class EvalRunDesk(Desk):
    list_display = ("agent", "mode", "state", "passed", "total", "created_at")
    list_select_related = ("agent",)
    list_filter = ("state", "mode")
    search_fields = ("agent__name",)
    ordering = ("-id",)
    secret_fields = ("config", "subjects")

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(agent_id=wanted) | Q(workspace_id=wanted)


@admin.register(LegalHold)
class LegalHoldDesk(Desk):
    list_display = ("workspace", "call", "reason", "created_at", "released_at")
    list_select_related = ("workspace", "call")
    search_fields = ("workspace__name", "reason")
    ordering = ("-id",)

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(call_id=wanted) | Q(workspace_id=wanted)


@admin.register(ErasureReceipt)
class ErasureReceiptDesk(Desk):
    list_display = ("id", "workspace", "erased_by", "created_at")
    list_select_related = ("workspace", "erased_by")
    search_fields = ("workspace__name",)
    ordering = ("-id",)

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(workspace_id=wanted)
