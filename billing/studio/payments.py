"""Topping up: to the payment company's page, and back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import StudioRequest, studio
from billing import payments
from billing.models import Payment
from common.errors import Refusal


@require_POST
@studio("pay")
def create(request: StudioRequest) -> HttpResponse:
    """Lead to the payment company's page. Not by a redirect of the form: the page's
    policy lets forms go nowhere else."""
    payment = payments.start(
        workspace=request.workspace,
        cents=_cents(request),
        once=request.POST.get("once", ""),
        by=request.user,
        keeps_card=request.POST.get("keeps_card") == "on",
    )
    if payment.state in Payment.WAITING:
        return HttpResponseClientRedirect(payment.session_url)
    return HttpResponseClientRedirect(
        reverse("billing:payment-return", args=[payment.pk])
    )


def _cents(request: StudioRequest) -> int:
    wanted = request.POST.get("amount", "").strip() or request.POST.get("pack", "")
    try:
        return round(float(wanted.lstrip("$")) * 100)
    except (ValueError, OverflowError):
        raise payments.BadAmount(
            "Write the amount in dollars, such as 50 or 12.50."
        ) from None


@require_GET
@studio("pay")
def returned(request: StudioRequest, payment_id: UUID) -> HttpResponse:
    """Take the customer back: see what became of the payment, and say so."""
    payment = get_object_or_404(request.workspace.payments, pk=payment_id)
    try:
        payment = payments.reconcile(payment.pk)
    except Refusal as refusal:
        messages.warning(
            request,
            f"{refusal.message} The credit appears by itself once the payment is known.",
        )
        return redirect("billing:overview")
    if payment.paid_at:
        messages.success(request, f"{payment.credit_cents:,} credits were added.")
    elif payment.state == Payment.State.FAILED:
        messages.error(request, f"Nothing was paid: {payment.failure}.")
    elif payment.state == Payment.State.EXPIRED:
        messages.warning(request, "That page had expired. Nothing was paid.")
    else:
        messages.info(
            request, "The payment is under way. The credit appears once it has arrived."
        )
    return redirect("billing:overview")
