from datetime import date

from django.db import migrations

from core.prefix_index import PrefixIndex
from core.text import sort_key

# What the Union's statutes ask, and what the office asks of itself until it changes the row.
THRESHOLDS = [
    ("least_members", 3, "Điều lệ Đoàn TNCS Hồ Chí Minh", date(2017, 12, 11)),
    ("count_months", 6, "Quy ước của đơn vị", date(2017, 12, 11)),
]


def fill(apps, editor):
    """Give the communes there are their place in order, and the office its first thresholds."""
    communes = apps.get_model("branches", "Commune")
    for commune in communes.objects.iterator():
        communes.objects.filter(pk=commune.pk).update(sort_key=sort_key(commune.name))
    thresholds = apps.get_model("branches", "Threshold")
    for subject, value, document, valid_from in THRESHOLDS:
        thresholds.objects.create(
            subject=subject, value=value, document=document, valid_from=valid_from
        )


class Migration(migrations.Migration):
    dependencies = [("branches", "0003_branches")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        PrefixIndex("branches_branch").step(),
    ]
