"""Give entries and wallets from before their running total of what was spent."""

from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    Wallet = apps.get_model("billing", "Wallet")
    Entry = apps.get_model("billing", "LedgerEntry")
    Spend = apps.get_model("billing", "Spend")
    for wallet in Wallet.objects.filter(entry_count__gt=0).iterator():
        spent, batch = 0, []
        entries = Entry.objects.filter(wallet=wallet).order_by("sequence")
        for entry in entries.iterator(chunk_size=2_000):
            spent += max(-entry.amount_micros, 0)
            entry.spent_after_micros = spent
            batch.append(entry)
            if len(batch) == 2_000:
                Entry.objects.bulk_update(batch, ["spent_after_micros"])
                batch = []
        Entry.objects.bulk_update(batch, ["spent_after_micros"])
        Wallet.objects.filter(pk=wallet.pk).update(spent_micros=spent)
        # Which agent it was is not known here; the days are.
        Spend.objects.bulk_create(
            [
                Spend(
                    wallet=wallet,
                    workspace_id=wallet.pk,
                    day=day.day,
                    spent_micros=day.spent_micros,
                    billed_ms=day.billed_ms,
                    calls=day.entries,
                )
                for day in wallet.days.all()
            ],
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_spend_by_subject_and_caps")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
