from datetime import timedelta

import pytest

from billing import balance, wallet
from billing.models import DailySpend
from common import clock

CREDIT = 1_000_000


@pytest.mark.parametrize(
    ("micros", "tone"),
    [
        (-1, "depleted"),
        (0, "depleted"),
        (99 * CREDIT, "critical"),
        (100 * CREDIT, "low"),
        (500 * CREDIT, "ok"),
    ],
)
def test_tone_puts_a_word_on_a_balance(micros, tone):
    assert balance.tone_of(micros) == tone


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
