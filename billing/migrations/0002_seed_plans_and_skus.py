"""What every installation starts with: two plans, and managed stacks whose prices are this
project's choice. Staff change both in the admin."""

from datetime import date
from typing import Any

from django.db import migrations

PLANS: dict[str, dict[str, Any]] = {
    "free": {"name": "Free"},
    "enterprise": {
        "name": "Enterprise",
        "requests_per_minute": 1_000,
        "knowledge_sources": None,
        "knowledge_bytes": None,
        "retention_days": None,
    },
}

SKUS: tuple[tuple[str, str, str, int, dict[str, str]], ...] = (
    (
        "essential",
        "Essential",
        "Quick, plain and cheap: for reminders and simple questions.",
        6_000_000,
        {
            "stt": "deepgram/nova-3",
            "llm": "openai/gpt-4o-mini",
            "tts": "openai/gpt-4o-mini-tts",
        },
    ),
    (
        "natural",
        "Natural",
        "A voice people like to talk to, with a quick model.",
        10_000_000,
        {
            "stt": "deepgram/nova-3",
            "llm": "openai/gpt-4o-mini",
            "tts": "cartesia/sonic-3",
        },
    ),
    (
        "premium",
        "Premium",
        "The most natural voice, for callers who decide on the first sentence.",
        16_000_000,
        {
            "stt": "deepgram/nova-3",
            "llm": "openai/gpt-4o-mini",
            "tts": "elevenlabs/eleven_flash_v2_5",
        },
    ),
)


def seed_plans(apps: Any, schema_editor: Any) -> None:
    Plan = apps.get_model("billing", "Plan")
    for name, values in PLANS.items():
        Plan.objects.get_or_create(id=name, defaults=values)


def seed_skus(apps: Any, schema_editor: Any) -> None:
    Sku = apps.get_model("billing", "ManagedSku")
    for id_, name, description, price, stack in SKUS:
        Sku.objects.get_or_create(
            id=id_,
            defaults={
                "name": name,
                "description": description,
                "price_micros": price,
                "stack": stack,
                "priced_on": date(2026, 11, 25),
                "source": "set with this release",
            },
        )


class Migration(migrations.Migration):
    replaces = [("billing", "0004_seed_plans"), ("billing", "0009_seed_managed_skus")]
    dependencies = [("billing", "0001_first_release")]

    operations = [
        migrations.RunPython(seed_plans, migrations.RunPython.noop),
        migrations.RunPython(seed_skus, migrations.RunPython.noop),
    ]
