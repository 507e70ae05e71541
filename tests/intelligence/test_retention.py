"""How long calls stay."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry
from billing.models import LimitOverride
from common import clock
from intelligence import retention
from intelligence.models import Analysis, RetentionMark, RetentionPolicy
from telephony.models import Call, TranscriptSegment
from tests.intelligence import archive
from tests.intelligence.test_pipeline import work_out
from webhooks.models import Event

pytestmark = pytest.mark.django_db


def at(days):
    return clock.now() + timedelta(days=days)


def no_cap(workspace):
    LimitOverride.objects.create(
        workspace=workspace, limit="retention_days", value=None
    )


def parts(call):
    return (
        call.transcript_segments.exists(),
        call.timeline.exists(),
        Analysis.objects.filter(pk=call.pk).exists(),
        Event.objects.filter(subject=f"call:{call.pk}").exists(),
    )


@pytest.fixture
def done(call):
    return work_out(call)


def test_the_free_plans_window_takes_everything_but_the_row(done):
    retention.purge_all(now=at(29))
    assert parts(done) == (True, True, True, True)

    retention.purge_all(now=at(31))

    assert parts(done) == (False, False, False, False)
    done.refresh_from_db()
    assert done.summary == ""
    assert done.charge_micros


def test_a_plan_without_a_window_leaves_it_to_the_workspace(done, owner):
    no_cap(done.workspace)
    retention.change(done.workspace, days={"transcript": 400}, by=owner)

    retention.purge_all(now=at(399))
    assert parts(done)[0]

    retention.purge_all(now=at(401))
    assert not parts(done)[0]


def test_the_plan_narrows_what_is_chosen(done, owner):
    retention.change(done.workspace, days={"transcript": 400}, by=owner)

    retention.purge_all(now=at(31))

    assert not parts(done)[0]


def test_a_row_never_goes_before_what_hangs_on_it():
    policy = RetentionPolicy(transcript_days=300, call_days=10)

    assert retention.windows(policy, None)["call"].days == 300


def test_an_agents_own_policy_replaces_the_workspaces(done, owner, agent):
    retention.change(done.workspace, days={"transcript": 5}, by=owner, agent=agent)

    retention.purge_all(now=at(6))

    assert parts(done) == (False, True, True, True)


def test_an_agent_that_follows_again_is_not_passed_by(done, owner, agent):
    no_cap(done.workspace)
    retention.change(done.workspace, days={"transcript": 365}, by=owner, agent=agent)
    retention.purge_all(now=at(100))
    assert parts(done)[0]

    retention.follow_workspace(agent, by=owner)
    retention.purge_all(now=at(100))

    assert not parts(done)[0]


def test_a_hold_keeps_a_call_and_its_release_lets_it_go(done, owner):
    hold = retention.hold(done.workspace, reason="A court asks.", by=owner, call=done)
    retention.purge_all(now=at(800))
    assert parts(done) == (True, True, True, True)

    retention.release(hold, by=owner, now=clock.now())
    retention.purge_all(now=at(800))

    assert not Call.objects.exists()
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert {"hold.placed", "hold.released"} <= verbs


def test_a_hold_on_everything_stops_the_workspaces_purge(done, owner):
    retention.hold(done.workspace, reason="A court asks.", by=owner)

    assert retention.purge_all(now=at(800)) == 0


def test_a_hold_wants_a_reason(workspace, owner):
    with pytest.raises(retention.BadPolicy):
        retention.hold(workspace, reason=" ", by=owner)


def test_nothing_is_walked_past_that_is_still_worked_on(call, owner):
    retention.change(call.workspace, days={"transcript": 0}, by=owner)
    retention.purge_all(now=at(1))
    assert call.transcript_segments.exists()

    work_out(call)
    retention.purge_all(now=at(1))

    assert not call.transcript_segments.exists()
    call.refresh_from_db()
    assert call.intelligence_status == "completed"


def test_days_out_of_range_are_refused(workspace, owner):
    with pytest.raises(retention.BadPolicy):
        retention.change(workspace, days={"transcript": -1}, by=owner)
    with pytest.raises(retention.BadPolicy):
        retention.change(workspace, days={"mood": 1}, by=owner)


def test_purging_is_cheap_when_there_is_nothing_due(
    owner, django_assert_max_num_queries
):
    archive.build(40, clock.now(), "cheap")
    workspace = Call.objects.first().workspace
    retention.purge(workspace, now=clock.now())

    with django_assert_max_num_queries(24):
        assert retention.purge(workspace, now=clock.now()) == 0
    assert TranscriptSegment.objects.exists()
    mark = RetentionMark.objects.filter(agent=None).first()
    mark.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():  # two purges at once
        mark.save(force_insert=True)
