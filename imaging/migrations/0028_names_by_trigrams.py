"""Lets PostgreSQL find a name by any part of it, where it has the extension for that."""

import logging
from typing import Any

from django.db import DatabaseError, migrations, transaction

log = logging.getLogger(__name__)
INDEX = "images_by_part_of_name"


def add(apps: Any, schema_editor: Any) -> None:
    """Make the index; without the extension, or the right to it, searches read all."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(
                f"CREATE INDEX {INDEX} ON imaging_image USING gin (folded gin_trgm_ops)"
            )
    except DatabaseError as error:
        log.warning("Names are searched without an index, for want of it: %s", error)


def remove(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("imaging", "0027_audit_lists")]
    operations = [migrations.RunPython(add, remove)]
