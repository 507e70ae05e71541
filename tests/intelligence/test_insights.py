"""Calls added up by day: stored once a day is over, counted while it is open."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from common import clock, ids
from intelligence import insights, pipeline, rollups
from intelligence.models import Analysis, CallSums, DailyMark
from telephony.models import Call
from tests.factories import AgentFactory, CallFactory
from tests.intelligence.test_pipeline import work_out

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 25)


def made(agent, days_ago, n=0, **fields):
    moment = datetime(2026, 11, 25, 10, tzinfo=UTC) - timedelta(
        days=days_ago, minutes=n
    )
    fields = {"started_at": moment, "duration_ms": 45_000, "billed_ms": 60_000, "charge_micros": 6_000_000} | fields  # fmt: skip
    call = CallFactory(
        id=UUID(int=ids.floor(moment).int + n + 1),
        agent=agent,
        ended_at=moment,
        **fields,
    )
    Call.objects.filter(pk=call.pk).update(created_at=moment)
    return call


def of(workspace, first=30, **how):
    asked = insights.asked(TODAY - timedelta(days=first), TODAY, today=TODAY, **how)
    return insights.of(workspace, asked, today=TODAY)


@pytest.fixture
def reception(workspace):
    agent = AgentFactory(workspace=workspace, name="Reception")
    for ago in (0, 1, 2, 10, 10, 29):
        made(agent, ago, n=ago + len(Call.objects.all()))
    made(
        agent, 10, n=70, status="failed", started_at=None, billed_ms=0, charge_micros=0
    )
    long = made(agent, 5, n=50, duration_ms=400_000, channel="phone")
    Analysis.objects.create(
        call=long, workspace=workspace, sentiment="negative", passed=True
    )
    return agent


def test_stored_and_open_days_add_up(reception, workspace):
    found = of(workspace)

    assert (found.total.calls, found.total.connected) == (8, 7)
    assert found.total.cost == 0.42
    assert found.success_rate == 0.875
    assert found.lengths == {"<30s": 0, "30-60s": 6, "1-3m": 0, "3-5m": 0, ">5m": 1}
    assert found.sentiments["negative"] == 1
    assert (found.total.judged, found.total.passed) == (1, 1)
    assert DailyMark.objects.get().until == TODAY - timedelta(days=2)
    assert not CallSums.objects.filter(day__gt=TODAY - timedelta(days=2)).exists()


def test_it_outlives_the_calls(reception, workspace):
    before = insights.document(of(workspace))
    Call.objects.filter(pk__lt=ids.floor(datetime(2026, 11, 20, tzinfo=UTC))).delete()

    assert insights.document(of(workspace)) == before


def test_adding_up_again_changes_nothing(reception, workspace):
    rollups.advance(workspace, today=TODAY)
    rows = CallSums.objects.count()
    DailyMark.objects.update(until=TODAY - timedelta(days=20))  # as after a crash

    rollups.advance(workspace, today=TODAY)

    assert CallSums.objects.count() == rows
    assert of(workspace).total.calls == 8


def test_the_days_of_a_year_are_read_in_few_queries(
    reception, workspace, django_assert_num_queries
):
    of(workspace)

    with django_assert_num_queries(4):
        of(workspace, first=365)


def test_an_agent_and_a_status_are_asked_for(reception, workspace):
    made(AgentFactory(workspace=workspace), 3)

    assert of(workspace, agent_id=reception.pk).total.calls == 8
    assert of(workspace, status="failed").total.calls == 1


def test_neighbours_are_not_counted(reception, stranger):
    assert of(stranger.memberships.get().workspace).total.calls == 0


@pytest.mark.parametrize(
    ("first", "last"),
    [(TODAY, TODAY - timedelta(days=1)), (TODAY - timedelta(days=999), TODAY)],
)
def test_days_that_make_no_stretch_are_refused(first, last):
    with pytest.raises(insights.BadRange):
        insights.asked(first, last, today=TODAY)


def test_a_call_worked_out_again_is_counted_again(call):
    work_out(call)
    day = call.created_at.astimezone(UTC).date()
    rollups.advance(call.workspace, today=day + timedelta(days=3))
    CallSums.objects.update(positive=0)

    pipeline.reprocess(call, now=clock.now())
    work_out(call)

    assert CallSums.objects.get().positive == 1


def test_a_month_is_added_up_again_with_its_day(call):
    work_out(call)
    day = call.created_at.astimezone(UTC).date()
    rollups.advance(call.workspace, today=day + timedelta(days=40))
    CallSums.objects.update(positive=0)

    pipeline.reprocess(call, now=clock.now())
    work_out(call)

    found = CallSums.objects.order_by("span").values_list("span", "day", "positive")
    assert [*found] == [("day", day, 1), ("month", day.replace(day=1), 1)]


@pytest.mark.parametrize("last", [TODAY - timedelta(days=2), date(2026, 10, 31)])
@pytest.mark.parametrize(
    "first",
    [
        date(2026, 8, 1), date(2026, 8, 2), date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 30),
        date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 31), date(2026, 11, 3),
    ],
)  # fmt: skip
def test_months_and_the_days_around_them_are_the_days(workspace, first, last):
    agent = AgentFactory(workspace=workspace)
    for ago in range(0, 130, 3):
        made(agent, ago, n=ago, status=("completed", "failed")[ago % 2])
    rollups.advance(workspace, today=TODAY)
    assert CallSums.objects.filter(span="month", status="failed").count() == 4

    def sums(rows):
        return set(rollups.summed(rows, ("agent_id", "status"), insights.COUNTS))

    few = rollups.stretch(workspace, first, last)
    days = rollups.days_of(workspace, first, last)

    assert sums(few) == sums(days)
    has_whole_month = (first <= date(2026, 10, 1)) and last >= date(2026, 10, 31)
    assert (few.count() < days.count()) == has_whole_month
