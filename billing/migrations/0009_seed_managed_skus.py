"""The managed stacks an installation starts with. Prices are this project's choice; staff
change them in the admin."""

from datetime import date
from typing import Any

from django.db import migrations

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


def seed(apps: Any, schema_editor: Any) -> None:
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
    dependencies = [("billing", "0008_managed_skus")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
