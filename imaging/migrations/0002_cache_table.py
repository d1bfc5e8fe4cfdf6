"""The table behind Django's database cache: limits and heartbeats without Redis."""

from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    call_command(
        "createcachetable", "cache", database=schema_editor.connection.alias
    )


class Migration(migrations.Migration):
    dependencies = [("imaging", "0001_initial")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
