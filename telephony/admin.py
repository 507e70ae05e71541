"""Calls, for support. What was said stands behind a permission of its own."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core import signing
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse

from accounts import audit
from accounts.support_desk import Desk, Inside, person, require, verb
from common import money
from telephony import calls, fanout_reports, fanouts, playback
from telephony.fanout_words import OUTCOME
from telephony.models import (
    Call,
    CarrierConnection,
    DoNotCall,
    Fanout,
    Leg,
    Number,
    Participant,
    Pickup,
    Recording,
)

HEAR = "telephony.view_recording"
READ = "telephony.view_transcriptsegment"
PASS_SECONDS = 3600  # for how long one opening lets the player fetch the audio


class ParticipantsInside(Inside):
    model = Participant
    fields = ("role", "transport", "identity", "status", "joined_at", "left_at")
    readonly_fields = fields


class LinesInside(Inside):
    """What the carrier says of each telephone line."""

    model = Leg
    verbose_name_plural = "lines"
    fields = (
        "provider",
        "direction",
        "from_number",
        "to_number",
        "state",
        "hang_up_cause",
        "last_error",
        "resumes",
        "duration_s",
        "carrier_call_id",
    )
    readonly_fields = fields


class PickupInside(Inside):
    """Who was thought to have picked up, without what they said."""

    model = Pickup
    verbose_name_plural = "who picked up"
    fields = ("judged", "reviewed", "action", "at_ms", "reviewed_at")
    readonly_fields = fields


@admin.register(Call)
class CallDesk(Desk):
    list_display = (
        "created_at",
        "workspace",
        "agent",
        "channel",
        "status",
        "caller",
        "minutes",
        "charge",
    )
    list_filter = ("status", "channel", "direction")
    list_select_related = ("workspace", "agent")
    search_fields = ("caller__exact", "workspace__name__iexact")
    search_help_text = "Caller's number, workspace, or id of call, agent or workspace"
    # What was said, and what was known about who said it; and the whole configuration,
    # below which nobody would find the rest: the agent's page has it. Costs have a list.
    secret_fields = ("summary", "variables", "metadata", "config", "rate_lines")
    inlines = (ParticipantsInside, LinesInside, PickupInside)
    actions_detail = ("end", "transcript", "recording")

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(workspace_id=wanted) | Q(agent_id=wanted)

    @admin.display(description="Length", ordering="duration_ms")
    def minutes(self, call: Call) -> str:
        seconds = call.duration_ms // 1000
        return f"{seconds // 60}:{seconds % 60:02}"

    @admin.display(description="Credits", ordering="charge_micros")
    def charge(self, call: Call) -> str:
        if call.charge_micros is None:
            return "–"
        return f"{money.credits(call.charge_micros):,f}"

    @verb(
        "End the call",
        permission="telephony.change_call",
        icon="call_end",
        when=lambda call: call.is_live(),
        warning="The caller is cut off.",
    )
    def end(self, request: HttpRequest, call: Call, form: forms.Form) -> str:
        calls.cancel(call, by=person(request))
        self._write(request, call, "call.ended", form)
        return "The call is being ended."

    @verb(
        "Read the transcript",
        permission=READ,
        icon="forum",
        warning="The customer's admins see that you read it, and why.",
    )
    def transcript(
        self, request: HttpRequest, call: Call, form: forms.Form
    ) -> HttpResponseBase:
        self._write(request, call, "transcript.opened", form)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Transcript of {call}",
            "call": call,
            "segments": call.transcript_segments.all(),
            "back": self.url_of(call),
            "opts": Call._meta,
        }
        return TemplateResponse(request, "admin/transcript.html", context)

    @verb(
        "Hear the recording",
        permission=HEAR,
        icon="hearing",
        when=lambda call: Recording.objects.filter(call=call).exists(),
        warning="The customer's admins see that you heard it, and why.",
    )
    def recording(
        self, request: HttpRequest, call: Call, form: forms.Form
    ) -> HttpResponseBase:
        self._write(request, call, "recording.opened", form)
        ticket = signing.dumps([str(request.user.pk), str(call.pk)], salt=HEAR)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Recording of {call}",
            "call": call,
            "audio": reverse("admin:telephony_call_audio", args=[call.pk])
            + f"?ticket={ticket}",
            "back": self.url_of(call),
            "opts": Call._meta,
        }
        return TemplateResponse(request, "admin/recording.html", context)

    def get_urls(self) -> Any:
        audio = self.admin_site.admin_view(self.audio)
        return [
            path("<uuid:call_id>/audio/", audio, name="telephony_call_audio"),
            *super().get_urls(),
        ]

    def audio(self, request: HttpRequest, call_id: UUID) -> HttpResponseBase:
        """Send the sound to the player on a page that was opened with a reason."""
        require(request, HEAR)
        try:
            ticket = signing.loads(
                request.GET.get("ticket", ""), salt=HEAR, max_age=PASS_SECONDS
            )
        except signing.BadSignature:
            raise Http404 from None
        recording = Recording.objects.filter(call_id=call_id).first()
        if recording is None or ticket != [str(request.user.pk), str(call_id)]:
            raise Http404
        return playback.send(request, recording)

    def _write(
        self, request: HttpRequest, call: Call, deed: str, form: forms.Form
    ) -> None:
        audit.record(
            workspace=call.workspace,
            actor=person(request),
            verb=deed,
            target=str(call.pk),
            reason=form.cleaned_data["reason"],
        )


@admin.register(Number)
class NumberDesk(Desk):
    list_display = (
        "number",
        "workspace",
        "agent",
        "provider",
        "binding",
        "last_inbound_at",
        "last_refusal",
    )
    list_filter = ("binding", "provider")
    list_select_related = ("workspace", "agent")
    search_fields = ("number__startswith", "workspace__name__iexact")
    search_help_text = "Number, workspace, or id of number or workspace"

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(workspace_id=wanted) | Q(agent_id=wanted)


@admin.register(CarrierConnection)
class CarrierConnectionDesk(Desk):
    list_display = ("workspace", "provider", "account_name", "is_active", "checked_at")
    list_filter = ("provider", "is_active")
    list_select_related = ("workspace",)
    search_fields = ("account_name__iexact", "workspace__name__iexact")
    search_help_text = "Account, workspace, or id of connection or workspace"
    secret_fields = ("credentials", "callback_key")

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(workspace_id=wanted)


@admin.register(Fanout)
class FanoutDesk(Desk):
    list_display = ("created_at", "workspace", "agent", "name", "status", "held_words")
    list_filter = ("status", "in_one_room")
    list_select_related = ("workspace", "agent")
    search_fields = ("name__icontains", "workspace__name__iexact")
    search_help_text = "Name, workspace, or id of queue, agent or workspace"
    # Whom it is about is the customer's business; how it goes is ours, too.
    fields = (
        "workspace",
        "agent",
        "name",
        "status",
        "held_by",
        "held_words",
        "how_far",
        "in_one_room",
        "room",
        "from_number",
        "started_by",
        "created_at",
        "next_at",
        "ended_at",
    )
    actions_detail = ("pause",)

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(workspace_id=wanted) | Q(agent_id=wanted)

    @admin.display(description="How far")
    def how_far(self, fanout: Fanout) -> str:
        counts = fanout_reports.progress(fanout).counts
        told = (f"{OUTCOME[each][0]} {count}" for each, count in counts.items())
        return ", ".join(told) or "Nobody is on it."

    @verb(
        "Pause the queue",
        permission="telephony.change_fanout",
        icon="pause",
        when=lambda fanout: fanout.status == Fanout.Status.RUNNING,
        warning="Nobody more is called until the customer lets it go on.",
    )
    def pause(self, request: HttpRequest, fanout: Fanout, form: forms.Form) -> str:
        fanouts.pause(fanout, by=person(request), reason=form.cleaned_data["reason"])
        return "Nobody more is called."


@admin.register(DoNotCall)
class DoNotCallDesk(Desk):
    list_display = ("phone", "workspace", "reason", "created_at")
    list_select_related = ("workspace",)
    search_fields = ("phone__startswith", "workspace__name__iexact")
    search_help_text = "Number, workspace, or id of workspace"

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(workspace_id=wanted)
