"""How a workspace stands: for the credits chip, Home, and the API."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from django.db.models import Min, Sum

from accounts.models import Workspace
from billing import rates, wallet
from billing.models import DailySpend, Wallet
from common import clock, money

Tone = Literal["ok", "low", "critical", "depleted"]
# Our choice: what is left is judged by how long it lasts, not by its amount. Fewer
# minutes of talk, or days at this week's spending, than these.
LOW = (60, 7)
CRITICAL = (10, 2)
WINDOW_DAYS = 7  # a week of spending tells the runway


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance in every unit people ask for."""

    micros: int
    held_micros: int
    tone: Tone
    minutes: int  # at the recent rate, else at the platform fee alone
    rate_micros: int = rates.PLATFORM_FEE_MICROS  # that rate, of a minute
    daily_spend_micros: int | None = None  # average of the last 7 days; None: too new
    runway_days: int | None = None

    @property
    def credits(self) -> Decimal:
        """Credits; 1 is one US cent."""
        return money.credits(self.micros)

    @property
    def usd(self) -> Decimal:
        """US dollars."""
        return money.usd(self.micros)

    @property
    def is_active(self) -> bool:
        """Whether calls are taken at all."""
        return self.micros > 0


def tone_of(micros: int, minutes: int, runway_days: int | None = None) -> Tone:
    """Put a word on a balance."""
    if micros <= 0:
        return "depleted"
    if _is_short(minutes, runway_days, *CRITICAL):
        return "critical"
    return "low" if _is_short(minutes, runway_days, *LOW) else "ok"


def _is_short(
    minutes: int, runway_days: int | None, least_minutes: int, least_days: int
) -> bool:
    lasts_days = least_days if runway_days is None else runway_days
    return minutes < least_minutes or lasts_days < least_days


def of(workspace: Workspace, *, today: date | None = None) -> Balance:
    """Read the payer's wallet and a week of spending: two queries."""
    payer_id = workspace.parent_id or workspace.pk
    purse = Wallet.objects.filter(pk=payer_id).first() or wallet.open(
        wallet.payer_of(workspace)
    )
    today = today or clock.now().date()
    week = DailySpend.objects.filter(
        wallet=purse, day__gte=today - timedelta(days=WINDOW_DAYS)
    ).aggregate(spent=Sum("spent_micros"), billed=Sum("billed_ms"), since=Min("day"))
    spent, billed = week["spent"] or 0, week["billed"] or 0
    rate = (
        max(spent * rates.MINUTE_MS // billed, 1)
        if spent and billed
        else rates.PLATFORM_FEE_MICROS
    )
    daily = None
    if week["since"] and (today - week["since"]).days >= WINDOW_DAYS:
        daily = spent // WINDOW_DAYS
    left = max(purse.balance_micros, 0)
    minutes, runway_days = left // rate, left // daily if daily else None
    return Balance(
        micros=purse.balance_micros,
        held_micros=purse.held_micros,
        tone=tone_of(purse.balance_micros, minutes, runway_days),
        minutes=minutes,
        rate_micros=rate,
        daily_spend_micros=daily,
        runway_days=runway_days,
    )
