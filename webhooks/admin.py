"""Endpoints and deliveries, for support. Looked at, never typed over."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from accounts.support_desk import Desk, Inside, person, verb
from webhooks import endpoints, resending, wording
from webhooks.models import Attempt, Delivery, Endpoint


@admin.register(Endpoint)
class EndpointDesk(Desk):
    list_display = ("host", "workspace", "status", "why", "failing_since", "events_")
    list_filter = ("status", "why")
    list_select_related = ("workspace",)
    search_fields = (
        "url__icontains",
        "alert_email__istartswith",
        "workspace__name",
        "workspace__memberships__user__email__istartswith",
    )
    search_help_text = "Address, alert mail, workspace, member's address, or id"
    secret_fields = ("secret", "previous_secret")
    actions_detail = ("pause", "resume")

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(workspace_id=wanted)

    @admin.display(description="Events")
    def events_(self, endpoint: Endpoint) -> str:
        return ", ".join(endpoint.events)

    @verb(
        "Pause",
        permission="webhooks.change_endpoint",
        icon="pause",
        when=lambda endpoint: endpoint.is_active,
        warning="Nothing is sent to it. What waits and what comes is held.",
    )
    def pause(self, request: HttpRequest, endpoint: Endpoint, form: forms.Form) -> str:
        reason = form.cleaned_data["reason"]
        endpoints.pause(endpoint, by=person(request), reason=reason)
        return f"{endpoint.host} is paused."

    @verb(
        "Resume",
        permission="webhooks.change_endpoint",
        icon="play_arrow",
        when=lambda endpoint: not endpoint.is_active and endpoint.deleted_at is None,
        warning="What comes is sent. What was held stays held.",
    )
    def resume(self, request: HttpRequest, endpoint: Endpoint, form: forms.Form) -> str:
        reason = form.cleaned_data["reason"]
        endpoints.resume(endpoint, by=person(request), reason=reason)
        return f"{endpoint.host} is sent to again."


class AttemptsInside(Inside):
    """Without bodies: they hold transcripts, which have a permission of their own."""

    model = Attempt
    fields = ("number", "started_at", "status", "error", "elapsed_ms", "url")
    readonly_fields = fields
    ordering = ("number", "pk")


@admin.register(Delivery)
class DeliveryDesk(Desk):
    list_display = (
        "created_at",
        "workspace",
        "event_type",
        "endpoint",
        "state",
        "answer",
        "attempts",
        "subject",
    )
    list_filter = ("state",)
    list_select_related = ("workspace", "endpoint")
    search_fields = ("subject__startswith", "workspace__name")
    search_help_text = "Id of the delivery, call, endpoint or workspace"
    actions_detail = ("retry", "hold")
    inlines = (AttemptsInside,)

    def by_id(self, wanted: UUID) -> Any:
        return (
            Q(pk=wanted)
            | Q(endpoint_id=wanted)
            | Q(workspace_id=wanted)
            | Q(subject=f"call:{wanted}")
        )

    @admin.display(description="Answer")
    def answer(self, delivery: Delivery) -> str:
        return wording.answer(delivery.last_status, delivery.last_error)

    @verb(
        "Send again",
        permission="webhooks.change_delivery",
        icon="refresh",
        when=lambda delivery: delivery.state not in Delivery.OPEN,
        warning="The receiver gets it with the id it had.",
    )
    def retry(self, request: HttpRequest, delivery: Delivery, form: forms.Form) -> str:
        reason = form.cleaned_data["reason"]
        resending.resend(delivery, by=person(request), reason=reason)
        return "It is on its way."

    @verb(
        "Hold",
        permission="webhooks.change_delivery",
        icon="pause",
        when=lambda delivery: delivery.state == Delivery.State.WAITING,
        warning="It is not tried again until somebody resends it.",
    )
    def hold(self, request: HttpRequest, delivery: Delivery, form: forms.Form) -> str:
        reason = form.cleaned_data["reason"]
        if resending.cancel(delivery, by=person(request), reason=reason):
            return "It is held."
        return "It went out meanwhile."
