"""Settings → Billing & usage: what is there, what it went to, what happens when it ends."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import StudioRequest, studio
from billing import (
    alerts,
    amounts,
    auto_recharge,
    balance,
    caps,
    payments,
    plans,
    profiles,
    rates,
    usage,
    wallet,
)
from billing.models import Hold, LedgerEntry, Payment
from billing.studio.ledger import listed
from common import clock, ids, money
from common.errors import Refusal

DAYS = 30
LATEST = 5  # ledger lines and invoices shown here; who wants more opens the list


@require_GET
@studio("pay")
def page(request: StudioRequest) -> HttpResponse:
    """Show it all."""
    workspace = request.workspace
    today = clock.now().date()
    invoices = workspace.invoices.select_related("payment").order_by("-id")[:LATEST]
    live = Hold.objects.filter(workspace=workspace, state=Hold.State.LIVE)
    stands = balance.of(workspace)
    context = {
        "balance": stands,
        "packs": _packs(stands.rate_micros),
        "held_for": live.count(),
        "payer": wallet.payer_of(workspace),
        "is_client": workspace.parent_id is not None,
        "entries": [] if workspace.parent_id else listed(_latest(request)),
        "usage": usage.between(workspace, today - timedelta(days=DAYS - 1), today),
        "invoices": invoices,
        "months": usage.months(workspace, today),
        "plan": plans.plan_of(workspace),
        "platform_micros": rates.PLATFORM_FEE_MICROS,
        "failing": _failing(request),
        "is_configured": payments.is_configured(),
        "countries": profiles.COUNTRIES,
        "country_locked": profiles.is_country_locked(workspace),
        "clients": caps.clients(workspace, today),
        **_controls(request),
    }
    return render(request, "billing/overview.html", context)


def _latest(request: StudioRequest) -> list[LedgerEntry]:
    return list(
        LedgerEntry.objects.filter(wallet_id=request.workspace.pk).order_by(
            "-sequence"
        )[:LATEST]
    )


def _packs(rate: int) -> list[dict[str, int]]:
    return [
        {
            "usd": cents // 100,
            "credits": cents,
            "minutes": cents * money.MICROS_PER_CREDIT // rate,
        }
        for cents in payments.PACKS
    ]


def _failing(request: StudioRequest) -> Payment | None:
    """Return the last payment of this week if it failed."""
    last = (
        request.workspace.payments.exclude(state=Payment.State.EXPIRED)
        .exclude(state=Payment.State.CREATED)
        .order_by("-id")
        .first()
    )
    is_fresh = last and clock.now() - last.created_at < timedelta(days=7)
    return last if last and is_fresh and last.state == Payment.State.FAILED else None


def _controls(request: StudioRequest, saved: str = "") -> dict[str, Any]:
    workspace = request.workspace
    told = alerts.of(workspace)
    all_caps = list(workspace.spend_caps.order_by("label"))
    daily = next((cap for cap in all_caps if not cap.subject), None)
    return {
        "recharge": auto_recharge.of(workspace),
        "profile": profiles.of(workspace),
        "alerts": told,
        "thresholds": ", ".join(f"{cents / 100:g}" for cents in told.thresholds_cents),
        "month_micros": alerts.spent_in_month(workspace, clock.now().date()),
        "agent_caps": [cap for cap in all_caps if cap.subject],
        "monthly_usd": amounts.written(workspace.spend_cap_cents_monthly),
        "daily_usd": amounts.written(
            daily.daily_micros // money.MICROS_PER_CREDIT if daily else None
        ),
        "saved": saved,
    }


@require_GET
@studio("pay")
def top_up(request: StudioRequest) -> HttpResponse:
    """Ask how much."""
    packs = _packs(balance.of(request.workspace).rate_micros)
    context = {
        "packs": packs,
        "wanted": request.GET.get("usd", "50"),
        "once": ids.token(),
        "is_configured": payments.is_configured(),
        "least": payments.LEAST // 100,
        "most": payments.MOST // 100,
    }
    return render(request, "billing/_top_up.html", context)


@require_POST
@studio("pay")
def controls(request: StudioRequest) -> HttpResponse:
    """Save what happens before the credit runs out."""
    try:
        _save(request)
    except Refusal as refusal:
        context = {**_controls(request), "refusal": refusal}
        return render(request, "billing/overview.html#controls", context, status=422)
    context = _controls(request, saved="Saved")
    return render(request, "billing/overview.html#controls", context)


def _save(request: StudioRequest) -> None:
    asked, workspace, by = request.POST, request.workspace, request.user
    if not workspace.parent_id:
        auto_recharge.configure(
            workspace,
            enabled=asked.get("recharge") == "on",
            pack_cents=amounts.cents(asked.get("pack", "")),
            threshold_cents=amounts.cents(asked.get("threshold", "")),
            by=by,
        )
        caps.set_monthly(
            workspace, cents=amounts.cents(asked.get("monthly", "")), by=by
        )
    parts = [part for part in asked.get("thresholds", "").split(",") if part.strip()]
    alerts.configure(
        workspace,
        thresholds_cents=[amounts.cents(each) or 0 for each in parts],
        low_balance_pct=int(amounts.number(asked.get("low_balance", "") or "0")),
        email_enabled=asked.get("email") == "on",
        by=by,
    )
    daily = amounts.cents(asked.get("daily", ""))
    caps.set_daily(
        workspace,
        daily_micros=None if daily is None else daily * money.MICROS_PER_CREDIT,
        by=by,
    )


@require_POST
@studio("administer")
def client_cap(request: StudioRequest, client_id: UUID) -> HttpResponse:
    """Cap what a client may spend of the agency's credit in a month."""
    client = get_object_or_404(request.workspace.clients, pk=client_id, deleted_at=None)
    words: dict[str, Any] = {"saved": client.pk}
    status = 200
    try:
        cents = amounts.cents(request.POST.get("monthly", ""))
        caps.set_monthly(client, cents=cents, by=request.user)
    except Refusal as refusal:
        words, status = {"refusal": refusal}, 422
    words["clients"] = caps.clients(request.workspace, clock.now().date())
    return render(request, "billing/overview.html#clients", words, status=status)


@require_POST
@studio("pay")
def identity(request: StudioRequest) -> HttpResponse:
    """Save who invoices are made out to, and the billing country while it may change."""
    if not profiles.is_country_locked(request.workspace):
        country = request.POST.get("country", "")
        if country:
            profiles.set_country(request.workspace, country, by=request.user)
    profiles.set_legal_name(request.workspace, request.POST.get("legal_name", ""))
    messages.success(request, "Saved for the next invoice.")
    return redirect("billing:overview")


def month_of(text: str) -> date | None:
    """Read a month as statements name it: 2026-11."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
