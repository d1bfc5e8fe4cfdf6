"""The tables of an installation, made anew from a backup: all of them, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.core.management.sql import emit_post_migrate_signal
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from imaging.operating.backups import BackupError, rows
from imaging.operating.backups.manifest import Manifest
from imaging.operating.backups.progress import Progress
from imaging.operating.backups.unpacking import Source

# Filled in any installation: by Django, and by the commands run before this one.
BY_ITSELF = {"contenttypes.contenttype", "auth.permission", "imaging.auditevent"}
ALSO_OURS = ("cache", "django_migrations")
Node = tuple[str, str]


def known(said: Manifest) -> list[Node]:
    """Return the migrations of a backup. Raises BackupError for one we do not have."""
    nodes = [(app, name) for app, name in said.migrations]
    ours = MigrationLoader(connection).graph.nodes
    if strange := [".".join(node) for node in nodes if node not in ours]:
        raise BackupError(
            f"This backup was made by a newer Darkroom ({said.darkroom}): this one "
            f"does not know {', '.join(strange)}. Install that one, then restore."
        )
    return nodes


def filled() -> Iterator[str]:
    """Name the tables that hold something an installation in use would hold."""
    there = set(connection.introspection.table_names())
    for model in apps.get_models(include_auto_created=True):
        name = model._meta.label_lower
        kept = rows.is_kept(name) and name not in BY_ITSELF
        if kept and not model._meta.proxy and model._meta.db_table in there:
            with connection.cursor() as cursor:
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608  # nosec B608
                if cursor.fetchone():
                    yield name


@contextmanager
def unwatched() -> Iterator[None]:
    """Begin a transaction in which tables may be made before what they refer to."""
    # SQLite can be told only outside of it; what refers to nothing is found below.
    loose = connection.vendor == "sqlite"
    if loose:
        connection.disable_constraint_checking()
        with connection.cursor() as cursor:
            # Keys are random: with little memory every row is another page of the disk.
            cursor.execute("PRAGMA cache_size = -131072")
    try:
        with transaction.atomic():
            yield
    finally:
        if loose:
            connection.enable_constraint_checking()


def fill(source: Source, said: Manifest, progress: Progress) -> None:
    """Make the tables as they were, load them, and take them through what is newer.

    In the caller's transaction. Raises BackupError.
    """
    nodes = known(said)
    drop_all()
    executor = MigrationExecutor(connection)
    executor.migrate(newest(nodes, executor.loader))
    tables = rows.tables_at(nodes)
    if set(tables) != set(said.tables):
        raise BackupError("The tables of this backup are not those of its migrations.")
    # Migrations may have left some at once: rows refer to what comes later.
    connection.check_constraints()
    progress.begin()
    for table, model in tables.items():
        count = 0
        with source.open(rows.file_of(table)) as stream:
            for done in rows.load(table, model, stream):
                count += done
                progress.add(f"Rows of {table}", done)
        if count != said.tables[table]:
            words = f"{table} has {count} rows, and the manifest {said.tables[table]}."
            raise BackupError(words)
    settle(tables.values())
    migrate()


def drop_all() -> None:
    """Drop our tables; whoever calls has seen that they are empty."""
    tables = connection.introspection.django_table_names(only_existing=True)
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in {*tables, *(there & set(ALSO_OURS))}:
            cascade = " CASCADE" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}{cascade}")


def newest(nodes: list[Node], loader: MigrationLoader) -> list[Node]:
    """Return each application's last migration among these."""
    named = set(nodes)
    graph = loader.graph.node_map
    return [
        node
        for node in nodes
        if not any(
            child.key in named and child.key[0] == node[0]
            for child in graph[node].children
        )
    ]


def settle(models: Iterable[Any]) -> None:
    """Let numbers go on after the highest, and check what refers to what."""
    with connection.cursor() as cursor:
        for line in connection.ops.sequence_reset_sql(no_style(), list(models)):
            cursor.execute(line)
    try:
        connection.check_constraints()
    except DatabaseError as error:
        raise BackupError(
            f"Rows refer to others that are not there: {error}"
        ) from error


def migrate() -> None:
    """Take the tables through the migrations that are newer than the backup."""
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    ContentType.objects.clear_cache()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
