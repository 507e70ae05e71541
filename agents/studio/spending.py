"""What one agent may spend a day: a part of its settings, for those who pay."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.access import StudioRequest, studio
from agents.studio.editor import find
from billing import amounts, caps
from common import clock, money
from common.errors import Refusal


@require_http_methods(["GET", "POST"])
@studio("pay")
def daily_cap(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Show the cap; save another one."""
    agent = find(request, agent_id)
    subject = f"agent:{agent.pk}"
    words: dict[str, object] = {"agent": agent}
    status = 200
    if request.method == "POST":
        try:
            cents = amounts.cents(request.POST.get("daily", ""))
            caps.set_daily(
                request.workspace,
                subject=subject,
                label=agent.name,
                daily_micros=None if cents is None else cents * money.MICROS_PER_CREDIT,
                by=request.user,
            )
            words["saved"] = "Saved"
        except Refusal as refusal:
            words["refusal"], status = refusal, 422
    cap = request.workspace.spend_caps.filter(subject=subject).first()
    kept = amounts.written(cap.daily_micros // money.MICROS_PER_CREDIT if cap else None)
    words["daily_usd"] = request.POST.get("daily", "") if "refusal" in words else kept
    words["today_micros"] = caps.spent_today(
        request.workspace, subject, clock.now().date()
    )
    return render(request, "agents/_daily_cap.html", words, status=status)
