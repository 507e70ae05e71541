"""The two plans every installation starts with; staff change them in the admin."""

from typing import Any

from django.db import migrations

PLANS: dict[str, dict[str, Any]] = {
    "free": {"name": "Free"},
    "enterprise": {
        "name": "Enterprise",
        "requests_per_minute": 1_000,
        "burst": 100,
        "knowledge_sources": None,
        "knowledge_bytes": None,
        "retention_days": None,
    },
}


def seed(apps: Any, schema_editor: Any) -> None:
    Plan = apps.get_model("billing", "Plan")
    for name, values in PLANS.items():
        Plan.objects.get_or_create(id=name, defaults=values)


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_plans_and_overrides")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
