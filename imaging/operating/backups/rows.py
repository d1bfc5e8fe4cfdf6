"""Rows as text, and back: at any state of the migrations, secrets left sealed."""

from __future__ import annotations

import base64
import gzip
import io
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    connection,
    connections,
    models,
)
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models import Model
from django.utils.duration import duration_string

from imaging.models.fields import EncryptedTextField
from imaging.operating.backups import BackupError

AT_ONCE = 2_000
# No row has more characters.
LONGEST = 1 << 26
# What is true of this moment and this installation alone.
MOMENTARY_APPS = {"sessions", "django_q"}
MOMENTARY = {"imaging.heartbeat", "imaging.calls"}
BLOBS = "imaging.blob"
# What JSON has as its column has it.
AS_IS = {"CharField", "TextField", "BooleanField"}
READERS: dict[str, Callable[[Any], Any]] = {
    "UUIDField": UUID,
    "DateTimeField": datetime.fromisoformat,
    "JSONField": lambda value: value,
}


def applied() -> list[tuple[str, str]]:
    """Return the migrations that the database has been through."""
    return sorted(MigrationLoader(connection).applied_migrations)


def tables_at(migrations: list[tuple[str, str]]) -> dict[str, type[Model]]:
    """Return the model of every table that is kept, by name, at this state."""
    loader = MigrationLoader(connection)
    nodes = [node for node in migrations if node in loader.graph.nodes]
    state = loader.project_state(nodes)
    leave_sealed(state)
    found: dict[str, type[Model]] = {}
    for model in state.apps.get_models(include_auto_created=True):
        meta = model._meta
        name = meta.label_lower
        if meta.proxy or meta.swapped or not meta.managed or not is_kept(name):
            continue
        found[name] = model
    return found


def is_kept(name: str) -> bool:
    return name.partition(".")[0] not in MOMENTARY_APPS and name not in MOMENTARY


def leave_sealed(state: ProjectState) -> None:
    """Read and write secrets as they lie in the database."""
    for model in state.models.values():
        for name, column in model.fields.items():
            if isinstance(column, EncryptedTextField):
                model.fields[name] = models.TextField(null=column.null)


def file_of(table: str) -> str:
    """Return where the rows of a table lie in a backup."""
    return f"rows/{table}.jsonl.gz"


def dump(table: str, model: type[Model], path: Path) -> Iterator[tuple[Any, ...]]:
    """Write all rows of a table, and hand each on when it is written."""
    names = [column.attname for column in model._meta.concrete_fields]
    rows = model._base_manager.all()
    if table == BLOBS:
        # What is being written, or erased, is no picture.
        rows = rows.filter(stored=True)
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=5, fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, "utf-8") as out,
    ):
        out.write(json.dumps(names) + "\n")
        for row in rows.values_list(*names).iterator(AT_ONCE):
            if table == BLOBS:
                row = without_copies(names, row)
            out.write(json.dumps(row, default=plain, separators=(",", ":")) + "\n")
            yield row


def without_copies(names: list[str], row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a blob's row as it is where no copy for guests has been made."""
    return tuple(
        {} if name == "copies" else value
        for name, value in zip(names, row, strict=True)
    )


def plain(value: Any) -> str:
    """Return what JSON does not know as text that its column reads again."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, timedelta):
        return duration_string(value)
    raise TypeError(f"{type(value).__name__} cannot be kept in a backup.")


def read(stream: IO[bytes]) -> Iterator[list[Any]]:
    """Return the columns' names, then each row, as JSON has them."""
    try:
        with gzip.open(stream, "rt", encoding="utf-8") as lines:
            # A few bytes could unpack to a line that fills the memory.
            while line := lines.readline(LONGEST):
                yield json.loads(line)
    except (OSError, EOFError, ValueError, RecursionError) as error:
        raise BackupError(f"Rows of this backup cannot be read: {error}.") from error


def load(table: str, model: type[Model], stream: IO[bytes]) -> Iterator[int]:
    """Write the rows of a table; return how many, a part at a time."""
    lines = read(stream)
    names = next(lines, [])
    columns = {column.attname: column for column in model._meta.concrete_fields}
    if set(names) != set(columns):
        raise BackupError(f"The columns of {table} are not those of its migrations.")
    makers = [maker_of(columns[name]) for name in names]
    insert = insert_into(model, [str(columns[name].column) for name in names])
    done = 0
    while part := list(islice(lines, AT_ONCE)):
        try:
            with connection.cursor() as cursor:
                cursor.executemany(insert, [made(makers, line) for line in part])
        except (DatabaseError, ValidationError, ValueError, TypeError) as error:
            where = f"{table}, rows {done + 1} to {done + len(part)}"
            raise BackupError(f"{where}, cannot be restored: {error}") from error
        done += len(part)
        yield len(part)


def insert_into(model: type[Model], names: list[str]) -> str:
    """Return what inserts one row, as it is."""
    quoted = map(connection.ops.quote_name, [model._meta.db_table, *names])
    table, *columns = quoted
    holes = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({holes})"  # noqa: S608  # nosec B608


def made(makers: list[Callable[[Any], Any] | None], line: list[Any]) -> list[Any]:
    """Return a row as the database takes it."""
    return [
        value if value is None or make is None else make(value)
        for make, value in zip(makers, line, strict=True)
    ]


def maker_of(column: Any) -> Callable[[Any], Any] | None:
    """Return what makes of JSON what the database takes; None where it is that."""
    while column.remote_field:
        column = column.target_field
    kind = column.get_internal_type()
    if kind in AS_IS or kind.endswith("IntegerField") or kind.endswith("AutoField"):
        return None
    # Asked of the proxy, each value would look up whose thread this is.
    database = connections[DEFAULT_DB_ALIAS]
    read = READERS.get(kind, column.to_python)
    return lambda value: column.get_db_prep_save(read(value), database)
