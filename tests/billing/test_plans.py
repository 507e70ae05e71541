"""Limits come from the plan, from what was agreed apart, and from own quotas."""

import importlib

import pytest
from django.apps import apps

from billing import plans
from billing.models import LimitOverride, Plan

pytestmark = pytest.mark.django_db


def agree(workspace, **values):
    for limit, value in values.items():
        LimitOverride.objects.create(workspace=workspace, limit=limit, value=value)


def test_a_plan_caps_no_calls_by_default(workspace):
    limits = plans.limits(workspace)

    assert (limits.concurrent_calls, limits.daily_calls) == (None, None)
    assert limits.plan == "free"
    assert limits.requests_per_minute == 60


def test_the_database_decides(workspace):
    Plan.objects.update_or_create(
        pk="free", defaults={"name": "Free", "concurrent_calls": 1, "retention_days": 7}
    )

    limits = plans.limits(workspace)

    assert (limits.concurrent_calls, limits.retention_days) == (1, 7)


def test_what_was_agreed_apart_replaces_the_plan(workspace, stranger):
    Plan.objects.update_or_create(
        pk="free", defaults={"name": "Free", "concurrent_calls": 1}
    )
    agree(workspace, concurrent_calls=None, knowledge_sources=7, custom_endpoints=0)

    limits = plans.limits(workspace)

    assert limits.concurrent_calls is None
    assert limits.knowledge_sources == 7
    assert not limits.custom_endpoints
    neighbour = plans.limits(stranger.memberships.get().workspace)
    assert (neighbour.concurrent_calls, neighbour.custom_endpoints) == (1, True)


@pytest.mark.parametrize(
    ("plan", "own", "counts"), [(5, 2, 2), (2, 5, 2), (None, 3, 3), (4, None, 4)]
)
def test_an_own_quota_only_narrows(workspace, plan, own, counts):
    agree(workspace, concurrent_calls=plan, daily_calls=plan)
    workspace.max_concurrent_calls = workspace.max_daily_calls = own

    limits = plans.limits(workspace)

    assert (limits.concurrent_calls, limits.daily_calls) == (counts, counts)


def test_staff_agree_with_a_reason_and_take_it_back(workspace, owner):
    plans.agree(workspace, limit="daily_calls", value=3, by=owner, reason="A pilot")
    assert plans.limits(workspace).daily_calls == 3

    plans.withdraw(workspace.limit_overrides.get(), by=owner, reason="It is over")

    assert plans.limits(workspace).daily_calls is None
    verbs = workspace.audit_entries.values_list("verb", "reason")
    assert set(verbs) == {
        ("limit.agreed", "A pilot"),
        ("limit.withdrawn", "It is over"),
    }


def test_costs_two_queries(workspace, django_assert_num_queries):
    with django_assert_num_queries(2):
        plans.limits(workspace)


def test_the_migration_seeds_both_plans_and_keeps_what_was_set(db):
    migration = importlib.import_module("billing.migrations.0002_seed_plans_and_skus")
    Plan.objects.all().delete()
    Plan.objects.create(pk="free", name="Starter")

    migration.seed_plans(apps, None)

    assert Plan.objects.get(pk="free").name == "Starter"
    assert Plan.objects.get(pk="enterprise").retention_days is None
