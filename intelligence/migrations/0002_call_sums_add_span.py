from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intelligence', '0001_first_release'),
    ]

    operations = [
        migrations.RenameModel(old_name='DailyCalls', new_name='CallSums'),
        migrations.AddField(
            model_name='callsums',
            name='span',
            field=models.CharField(choices=[('day', 'Day'), ('month', 'Month')], default='day', max_length=5),
        ),
        migrations.RemoveConstraint(model_name='callsums', name='days_once'),
        migrations.AddConstraint(
            model_name='callsums',
            constraint=models.UniqueConstraint(fields=('workspace', 'span', 'day', 'agent', 'status'), name='call_sums_once'),
        ),
    ]
