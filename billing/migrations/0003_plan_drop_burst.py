"""No limit counts bursts any more: plans lose theirs, and so do agreed exceptions."""

from typing import Any

from django.db import migrations, models


def forget_agreed_bursts(apps: Any, schema_editor: Any) -> None:
    apps.get_model("billing", "LimitOverride").objects.filter(limit="burst").delete()


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_seed_plans_and_skus")]

    operations = [
        migrations.RunPython(forget_agreed_bursts, migrations.RunPython.noop),
        migrations.RemoveField("plan", "burst"),
        migrations.AlterField(
            "limitoverride",
            "limit",
            models.CharField(
                max_length=32,
                choices=[
                    ("requests_per_minute", "requests per minute"),
                    ("concurrent_calls", "concurrent calls"),
                    ("daily_calls", "daily calls"),
                    ("knowledge_sources", "knowledge sources"),
                    ("knowledge_bytes", "knowledge bytes"),
                    ("retention_days", "retention days"),
                    ("custom_endpoints", "custom endpoints"),
                ],
            ),
        ),
    ]
