"""Help & support: what the workspace asked, and what was answered."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)

from accounts import support, system_status
from accounts.access import StudioRequest, studio
from accounts.models import SupportTicket
from accounts.studio import status as status_pages
from common.errors import Refusal

PER_PAGE = 30
Status = SupportTicket.Status
TONES = {
    Status.OPEN: "warn",
    Status.IN_PROGRESS: "warn",
    Status.AWAITING_USER: "agent",
    Status.RESOLVED: "ok",
    Status.CLOSED: "",
}


class TicketForm(forms.Form):
    """What support needs to help at once."""

    subject = forms.CharField(
        label="In one line",
        min_length=3,
        max_length=200,
        error_messages={
            "required": "Say in one line what it is about.",
            "min_length": "Say a little more: what does not do what it should?",
        },
        widget=forms.TextInput(attrs={"placeholder": "Callers hear nothing"}),
    )
    category = forms.ChoiceField(
        label="About", choices=SupportTicket.Category.choices, initial="other"
    )
    description = forms.CharField(
        label="What happened",
        min_length=10,
        max_length=5_000,
        error_messages={
            "required": "Say what happened: without it, support can only ask back.",
            "min_length": "Say a little more: what did you do, and what came?",
        },
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text="What you did, what you expected, and what came instead.",
    )
    call_id = forms.UUIDField(
        label="Call",
        required=False,
        help_text="The id on the call's page, if it is about one call.",
        error_messages={
            "invalid": "That is no call id. Copy it from the call's page, or leave it empty."
        },
    )
    contact_email = forms.EmailField(
        label="Answers go to", max_length=254, required=False
    )


def _find(request: StudioRequest, ticket_id: UUID) -> SupportTicket:
    rows = request.workspace.support_tickets.select_related("opened_by", "workspace")
    return get_object_or_404(rows, pk=ticket_id)


def toned(ticket: SupportTicket) -> SupportTicket:
    """Give a ticket the colour of its state."""
    ticket.tone = TONES[Status(ticket.status)]  # type: ignore[attr-defined]  # the template's
    return ticket


@require_GET
@studio()
def page(request: StudioRequest) -> HttpResponse:
    """List what was asked, the last touched first."""
    rows = request.workspace.support_tickets.select_related("opened_by")
    shown = Paginator(rows.order_by("-updated_at", "-id"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    for ticket in shown:
        toned(ticket)
    told = {
        "tickets": shown,
        "system_tone": status_pages.TONES[system_status.of_now().level],
    }
    template = "accounts/support/list.html" + ("#tickets" if request.htmx else "")
    return render(request, template, told)


@require_http_methods(["GET", "POST"])
@studio()
def new(request: StudioRequest) -> HttpResponse:
    """Ask support."""
    first = {"contact_email": request.user.email, "call_id": request.GET.get("call")}
    form = TicketForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            opened = support.open_ticket(
                workspace=request.workspace, by=request.user, **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "Support has your question.")
            return redirect("accounts:ticket-detail", opened.ticket.pk)
    status = 422 if form.errors else 200
    told = {"form": form, "system": system_status.of_now()}
    return render(request, "accounts/support/new.html", told, status=status)


@require_http_methods(["GET", "POST"])
@studio()
def detail(request: StudioRequest, ticket_id: UUID) -> HttpResponse:
    """Show what was written; a POST adds to it."""
    ticket = _find(request, ticket_id)
    told: dict[str, Any] = {}
    if request.method == "POST":
        body = request.POST.get("body", "")
        try:
            support.reply(ticket, body=body, by=request.user)
        except Refusal as refusal:
            told = {"refusal": refusal, "body": body}
        else:
            return redirect("accounts:ticket-detail", ticket.pk)
    told |= {
        "ticket": toned(ticket),
        "thread": ticket.messages.select_related("author"),
        "longest": support.LONGEST,
    }
    status = 422 if "refusal" in told else 200
    return render(request, "accounts/support/detail.html", told, status=status)


@require_POST
@studio()
def closing(request: StudioRequest, ticket_id: UUID) -> HttpResponse:
    """Say that it is solved."""
    support.close(_find(request, ticket_id), by=request.user)
    messages.success(request, "Marked as solved. Write again, and it is open again.")
    return redirect("accounts:ticket-detail", ticket_id)
