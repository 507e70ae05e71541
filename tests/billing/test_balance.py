from datetime import timedelta

import pytest

from billing import balance, wallet
from billing.models import DailySpend
from common import clock

CREDIT = 1_000_000


@pytest.mark.parametrize(
    ("micros", "minutes", "runway_days", "tone"),
    [
        (-1, 0, None, "depleted"),
        (0, 0, None, "depleted"),
        (18 * CREDIT, 9, None, "critical"),
        (100 * CREDIT, 50, None, "low"),
        (120 * CREDIT, 60, None, "ok"),
        (498 * CREDIT, 249, None, "ok"),  # the welcome credit after the first call
        (50_000 * CREDIT, 2_000, 1, "critical"),
        (50_000 * CREDIT, 2_000, 6, "low"),
        (50_000 * CREDIT, 2_000, 7, "ok"),
    ],
)
def test_tone_tells_how_long_a_balance_lasts(micros, minutes, runway_days, tone):
    assert balance.tone_of(micros, minutes, runway_days) == tone


def test_minutes_are_at_the_platform_fee_before_the_first_call(workspace):
    wallet.top_up(workspace=workspace, amount_micros=100 * CREDIT, key="a")

    assert balance.of(workspace).minutes == 50


def test_minutes_follow_the_recent_rate(workspace):
    wallet.top_up(workspace=workspace, amount_micros=100 * CREDIT, key="a")
    wallet.capture(
        workspace=workspace, source="c", amount_micros=10 * CREDIT, billed_ms=60_000
    )

    assert balance.of(workspace).minutes == 9


def test_runway_needs_a_week_of_spending(workspace):
    wallet.top_up(workspace=workspace, amount_micros=100 * CREDIT, key="a")
    purse = wallet.open(workspace)
    today = clock.now().date()
    DailySpend.objects.create(wallet=purse, day=today, spent_micros=7 * CREDIT)
    assert balance.of(workspace).runway_days is None

    DailySpend.objects.create(
        wallet=purse, day=today - timedelta(days=7), spent_micros=7 * CREDIT
    )

    assert balance.of(workspace).runway_days == 50


def test_balance_takes_two_queries(workspace, django_assert_num_queries):
    wallet.open(workspace)

    with django_assert_num_queries(2):
        balance.of(workspace)
