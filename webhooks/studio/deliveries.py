"""Settings → Webhooks: what was sent, what came back, and sending it again."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)
from django_htmx.http import push_url, trigger_client_event

from accounts.access import StudioRequest, studio
from common import clock
from common.htmx import wants_fragment
from webhooks import reports, resending, wording
from webhooks.models import Delivery

CHANGED = "deliveries:changed"
OF_SUBJECT = 20  # rows on the page of a call
FOLLOWED = timedelta(minutes=1)  # a delivery of that page
STATES = (
    ("", "All"),
    ("failed", "Failed"),
    ("retried", "Retried"),
    ("open", "On the way"),
    ("held", "Held"),
)
SPANS = {
    "": ("Last 30 days", None),
    "hour": ("Last hour", timedelta(hours=1)),
    "day": ("Last 24 hours", timedelta(days=1)),
    "week": ("Last 7 days", timedelta(days=7)),
}


class FilterForm(forms.Form):
    """The filters above the log. What cannot be read is left out."""

    q = forms.CharField(required=False, max_length=80)
    state = forms.ChoiceField(choices=STATES, required=False)
    endpoint = forms.UUIDField(required=False)
    span = forms.ChoiceField(
        choices=[(key, words) for key, (words, _) in SPANS.items()], required=False
    )

    def filters(self, now: datetime) -> reports.Filters:
        """Return what is asked for."""
        self.is_valid()
        asked = self.cleaned_data
        back = SPANS.get(asked.get("span", ""), ("", None))[1]
        return reports.Filters(
            state=asked.get("state", ""),
            endpoint_id=asked.get("endpoint"),
            search=asked.get("q", "").strip(),
            since=now - back if back else None,
        )


class RangeForm(forms.Form):
    """Which deliveries are sent again."""

    endpoint = forms.UUIDField(required=False)
    since = forms.DateTimeField()
    until = forms.DateTimeField()
    delivered = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since >= until:
            self.add_error("until", "The end lies before the beginning.")
        return cleaned


def listing(request: StudioRequest) -> dict[str, Any]:
    """Return the log as it is asked for."""
    form = FilterForm(request.GET)
    filters = form.filters(clock.now())
    cursor = request.GET.get("cursor", "")
    page = reports.delivery_page(request.workspace, filters, cursor)
    kept = {k: v for k in ("q", "state", "endpoint", "span") if (v := request.GET.get(k))}  # fmt: skip
    return {
        "filters": filters,
        "form": form,
        "states": STATES,
        "spans": [(key, words) for key, (words, _) in SPANS.items()],
        "page": page,
        "deliveries": [_row(each) for each in page.rows],
        "asked": urlencode(kept),
        "is_first": not cursor,
    }


@require_GET
@studio("administer")
def rows(request: StudioRequest) -> HttpResponse:
    """Show the log alone."""
    if not wants_fragment(request):
        return redirect("webhooks:endpoint-list")
    context = listing(request)
    response = render(request, "webhooks/list.html#deliveries", context)
    page = reverse("webhooks:endpoint-list")
    return push_url(
        response, f"{page}?{context['asked']}" if context["asked"] else page
    )


@require_GET
@studio("administer")
def detail(request: StudioRequest, delivery_id: UUID) -> HttpResponse:
    """Show one delivery with every try."""
    delivery = _delivery(request, delivery_id)
    if not request.htmx:
        return redirect("webhooks:endpoint-list")
    return shown(request, delivery)


@require_POST
@studio("administer")
def resend(request: StudioRequest, delivery_id: UUID) -> HttpResponse:
    """Send one delivery again."""
    delivery = _delivery(request, delivery_id)
    resending.resend(delivery, by=request.user)
    delivery = _delivery(request, delivery_id)
    return trigger_client_event(shown(request, delivery), CHANGED)


@require_http_methods(["GET", "POST"])
@studio("administer")
def resend_range(request: StudioRequest) -> HttpResponse:
    """Ask for a range of time and send again what did not arrive in it."""
    if not request.htmx:
        return redirect("webhooks:endpoint-list")
    now = timezone.localtime(clock.now())
    wanted = request.GET.get("endpoint", "")
    first = {"since": now - timedelta(days=1), "until": now + timedelta(minutes=1)}
    form = RangeForm(request.POST or None, initial=first | {"endpoint": wanted})
    own = request.workspace.webhook_endpoints.present().order_by("pk")
    if request.method == "GET" or not form.is_valid():
        context = {"form": form, "endpoints": own}
        status = 422 if request.method == "POST" else 200
        return render(request, "webhooks/_resend.html", context, status=status)
    asked = form.cleaned_data
    endpoint = get_object_or_404(own, pk=asked["endpoint"]) if asked["endpoint"] else None  # fmt: skip
    states: tuple[str, ...] = (Delivery.State.FAILED, Delivery.State.HELD)
    if asked["delivered"]:
        states = (*states, Delivery.State.DELIVERED)
    sent = resending.resend_range(
        workspace=request.workspace,
        since=asked["since"],
        until=asked["until"],
        endpoint=endpoint,
        states=states,
        by=request.user,
    )
    words = {0: "Nothing to resend in that time.", 1: "1 delivery is on its way."}
    response = HttpResponse(status=204)
    trigger_client_event(response, "dialog:close")
    trigger_client_event(response, CHANGED)
    text = words.get(sent, f"{sent:,} deliveries are on their way.")
    return trigger_client_event(response, "toast", {"text": text})


@require_GET
@studio()
def of_subject(request: StudioRequest) -> HttpResponse:
    """Show, on the page of what it is about, where its events went."""
    subject = request.GET.get("subject", "")
    found = request.workspace.webhook_deliveries.filter(subject=subject)
    rows = list(found.select_related("endpoint").order_by("-pk")[:OF_SUBJECT])
    fresh = clock.now() - FOLLOWED  # later tries are not waited for with the page open
    context = {
        "subject": subject,
        "is_open": any(
            each.state in Delivery.OPEN and each.created_at > fresh for each in rows
        ),
        "deliveries": [_row(each) for each in rows],
        "may_open": request.may("administer"),
    }
    return render(request, "webhooks/_of_subject.html", context)


def shown(request: StudioRequest, delivery: Delivery) -> HttpResponse:
    """Show one delivery in the drawer."""
    context = {
        "delivery": delivery,
        "endpoint": delivery.endpoint,
        "subject": wording.subject(delivery.subject),
        "state": wording.state(delivery),
        "tone": wording.tone(delivery),
        "tries": wording.tries(list(delivery.tries_made.all())),
        "body": wording.pretty(delivery.event),
        "is_open": delivery.state in Delivery.OPEN,
    }
    return render(request, "webhooks/_delivery.html", context)


def _delivery(request: StudioRequest, delivery_id: UUID) -> Delivery:
    own = request.workspace.webhook_deliveries.select_related("endpoint", "event")
    found: Delivery = get_object_or_404(own, pk=delivery_id)
    return found


def _row(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery": delivery,
        "tone": wording.tone(delivery),
        "state": wording.state(delivery),
        "answer": wording.answer(delivery.last_status, delivery.last_error),
        "subject": wording.subject(delivery.subject),
    }
