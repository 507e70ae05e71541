from datetime import timedelta

import pytest

from common import clock
from intelligence.models import CallSums, DailyMark
from tests.browser import accessible, picture
from tests.intelligence.test_pipeline import work_out

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_figures_follow_the_span(signed_in, call):
    work_out(call)
    today = clock.now().date()
    DailyMark.objects.create(workspace=call.workspace, until=today - timedelta(days=2))
    CallSums.objects.bulk_create(
        CallSums(
            workspace=call.workspace, agent=call.agent, day=today - timedelta(days=n), status=status,
            calls=count, connected=count, duration_ms=count * 90_000, billed_ms=count * 90_000,
            charge_micros=count * 9_000_000, positive=count // 2, neutral=count // 3, negative=count // 9,
            judged=count, passed=count * 4 // 5, under_30s=count // 5, under_1m=count // 4, under_3m=count // 3,
        )
        for n in range(2, 60)
        for status, count in (("completed", 20 + n * 7 % 23), ("failed", n % 4), ("no_answer", n % 6))
    )  # fmt: skip
    signed_in.goto("/analytics/")
    accessible(signed_in, within="main")
    picture(signed_in, "analytics")

    signed_in.click("text=90 days")
    signed_in.wait_for_url("**span=90**")
