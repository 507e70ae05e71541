"""Add up the days of the months that are over."""

from datetime import timedelta

from django.db import migrations
from django.db.models import Sum
from django.db.models.functions import TruncMonth

KEYS = ('day', 'agent_id', 'status')
COLUMNS = (
    'calls', 'connected', 'duration_ms', 'billed_ms', 'charge_micros', 'phone_ms', 'phone_micros',
    'positive', 'neutral', 'negative', 'unknown', 'judged', 'passed',
    'under_30s', 'under_1m', 'under_3m', 'under_5m', 'longer',
)  # fmt: skip


def fold(apps, schema_editor):
    CallSums = apps.get_model('intelligence', 'CallSums')
    for mark in apps.get_model('intelligence', 'DailyMark').objects.all():
        going_on = (mark.until + timedelta(days=1)).replace(day=1)
        days = CallSums.objects.filter(workspace_id=mark.workspace_id, span='day', day__lt=going_on)
        months = (
            days.annotate(month=TruncMonth('day'))
            .values('month', 'agent_id', 'status')
            .annotate(**{f'sum_{name}': Sum(name) for name in COLUMNS})
            .order_by()
            .values_list('month', 'agent_id', 'status', *(f'sum_{name}' for name in COLUMNS))
        )
        CallSums.objects.bulk_create(
            (
                CallSums(workspace_id=mark.workspace_id, span='month', **dict(zip(KEYS + COLUMNS, row, strict=True)))
                for row in months
            ),
            ignore_conflicts=True,
            batch_size=500,
        )


def unfold(apps, schema_editor):
    apps.get_model('intelligence', 'CallSums').objects.filter(span='month').delete()


class Migration(migrations.Migration):

    dependencies = [
        ('intelligence', '0002_call_sums_add_span'),
    ]

    operations = [migrations.RunPython(fold, unfold)]
