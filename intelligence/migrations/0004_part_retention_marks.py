"""Keep a walk's mark once on SQLite, too, which knows no index with equal nulls."""

from django.db import migrations, models


def begin_anew(apps, schema_editor):
    # They only save time: without one, the next purge walks from the beginning.
    apps.get_model('intelligence', 'RetentionMark').objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_limit_publishable_keys'),
        ('agents', '0002_knowledge_is_read_in_turns'),
        ('intelligence', '0003_fold_months'),
    ]

    operations = [
        migrations.RunPython(begin_anew, migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name='retentionmark',
            name='one_retention_mark_a_walk',
        ),
        migrations.AddConstraint(
            model_name='retentionmark',
            constraint=models.UniqueConstraint(condition=models.Q(('agent', None)), fields=('workspace', 'artefact'), name='one_retention_mark_a_workspace'),
        ),
        migrations.AddConstraint(
            model_name='retentionmark',
            constraint=models.UniqueConstraint(fields=('agent', 'artefact'), name='one_retention_mark_an_agent'),
        ),
    ]
