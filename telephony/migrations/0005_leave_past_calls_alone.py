from django.db import migrations
from django.db.models import F


def hand_over(apps, schema_editor):
    """Calls that ended before there was anything to hand over are told to nobody."""
    call = apps.get_model("telephony", "Call")
    call.objects.filter(ended_at__isnull=False, handed_over_at=None).update(
        handed_over_at=F("ended_at")
    )


class Migration(migrations.Migration):

    dependencies = [
        ("telephony", "0004_hand_ended_calls_over"),
    ]

    operations = [migrations.RunPython(hand_over, migrations.RunPython.noop)]
