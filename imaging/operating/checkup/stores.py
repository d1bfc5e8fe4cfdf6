"""Where everything lies: database, cache, queue, files, disk."""

from __future__ import annotations

import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import (
    ManifestStaticFilesStorage,
    staticfiles_storage,
)
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.translation import gettext as _

from imaging.models import Blob, Heartbeat
from imaging.operating.checkup.finding import Finding, error, ok, warning
from imaging.operating.queues import lengths
from imaging.operating.readiness import known_migrations, unapplied

GIB = 1 << 30
FULL, NEARLY_FULL = 1 * GIB, 10 * GIB
SAMPLE = 40
# So long files are looked for; the doctor waits a little longer.
SECONDS = 3.0
LATE = timedelta(minutes=30)
# From so many rows on PostgreSQL's plans go by what it knows of them.
MANY = 5_000
# What "synchronous=FULL" is called by SQLite itself.
DURABLE = 2


def database() -> Iterator[Finding]:
    """Look at the version of the database, and how it was told to work."""
    least = connection.features.minimum_database_version or (0,)
    found = connection.get_database_version()
    names = {"name": connection.display_name, "version": ".".join(map(str, found))}
    if found < least:
        yield error(
            _("%(name)s %(version)s is too old.") % names,
            _("Upgrade it; the README names the versions."),
        )
    special = sqlite if connection.vendor == "sqlite" else postgresql
    problems = list(special())
    yield from problems
    if found >= least and not problems:
        yield ok(_("%(name)s %(version)s answers.") % names)


def sqlite() -> Iterator[Finding]:
    if not connection.is_in_memory_db() and (  # type: ignore[attr-defined]
        said("PRAGMA journal_mode"),
        said("PRAGMA synchronous"),
    ) != ("wal", DURABLE):
        yield error(
            _("SQLite does not write ahead durably: a power cut can lose pictures."),
            _("Take out of the settings what changes its journal."),
        )
    hosts = Heartbeat.objects.alive().values_list("host", flat=True).distinct()
    if len(hosts) > 1:
        yield error(
            _("%(n)d hosts share one SQLite file, which only one can.")
            % {"n": len(hosts)},
            _("Move to PostgreSQL, with one address for all hosts:"),
            "DATABASE_URL=postgres://darkroom:…@db.example.com/darkroom",
        )


def postgresql() -> Iterator[Finding]:
    table = Blob._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_live_tup, coalesce(last_analyze, last_autoanalyze) "
            "FROM pg_stat_user_tables WHERE relname = %s",
            [table],
        )
        rows, seen = cursor.fetchone() or (0, None)
    if rows > MANY and seen is None:
        yield warning(
            _("PostgreSQL knows nothing of its rows: searches may be slow."),
            _("Have it look at them, and leave autovacuum on:"),
            'python manage.py dbshell -- -c "ANALYZE"',
        )


def said(question: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def migrations() -> Iterator[Finding]:
    """See that the database has the tables of this version, and no later ones."""
    if lack := unapplied():
        yield error(
            _("%(n)d migrations are not applied, the first is %(name)s.")
            % {"n": len(lack), "name": lack[0]},
            _("Apply them:"),
            "python manage.py migrate",
        )
    applied = set(MigrationRecorder(connection).applied_migrations())
    later = sorted(
        name for app, name in applied - known_migrations() if app == "imaging"
    )
    if later:
        yield error(
            _("A later version has changed the database (%(name)s).")
            % {"name": later[-1]},
            _("Start that version, or restore the backup made before it."),
        )
    if not lack and not later:
        yield ok(_("All %(n)d are applied.") % {"n": len(applied)})


def caching() -> Iterator[Finding]:
    """Write to the cache and read it again."""
    token = uuid.uuid4().hex
    cache.set("doctor:probe", token, 60)
    if cache.get("doctor:probe") == token:
        yield ok(_("What is written is read again."))
    else:
        yield error(
            _("The cache forgets at once: limits on signing in do not hold."),
            _("See to the Redis server, and to its memory."),
        )


def queues() -> Iterator[Finding]:
    """See that the queue answers, and that no task is given out twice."""
    shared: dict[str, Any] = settings.Q_CLUSTER
    for name in (shared["name"], *shared["ALT_CLUSTERS"]):
        how = {**shared, **shared["ALT_CLUSTERS"].get(name, {})}
        least = how["timeout"] * (1 + how["queue_limit"] / how["workers"])
        if how["retry"] <= least:
            yield error(
                _("In the queue %(name)s a task may begin again while it still runs.")
                % {"name": name},
                _("Raise its `retry` in Q_CLUSTER to more than %(n)d.")
                % {"n": int(least)},
            )
    sizes = ", ".join(f"{name} {size}" for name, size in lengths().items())
    yield ok(_("Both queues answer; waiting in them: %(sizes)s.") % {"sizes": sizes})


def storage() -> Iterator[Finding]:
    """Write a file, read it, delete it."""
    content = uuid.uuid4().hex.encode()
    where = getattr(default_storage, "location", "") or settings.AWS_STORAGE_BUCKET_NAME
    try:
        key = default_storage.save(
            f"doctor-{uuid.uuid4().hex}.txt", ContentFile(content)
        )
        try:
            with default_storage.open(key) as file:
                same = file.read() == content
        finally:
            default_storage.delete(key)
    except OSError as problem:
        names = {"where": where, "problem": problem.strerror or problem}
        yield error(
            _("Nothing can be stored in %(where)s: %(problem)s.") % names,
            _("Give the account that Darkroom runs under the right to write there."),
            f"chown -R darkroom: {where}",
        )
        return
    if same:
        yield ok(_("A file was written, read and deleted."))
    else:
        yield error(
            _("A file came back from the storage with other bytes."),
            _("Look at the disk, or at the storage server, before anything else."),
        )


def renditions() -> Iterator[Finding]:
    """Look whether the files of some pictures are there."""
    stored = Blob.objects.filter(stored=True)
    # Ids are random, so that what follows any of them is a sample.
    sample = list(stored.filter(pk__gt=uuid.uuid4()).order_by("pk")[:SAMPLE])
    sample = sample or list(stored.order_by("pk")[:SAMPLE])
    files = [key for blob in sample for key, _size in blob.files()]
    files, lost = looked_for(files)
    if lost:
        yield error(
            _("%(n)d of %(all)d files looked for are missing, as %(key)s.")
            % {"n": len(lost), "all": len(files), "key": lost[0]},
            _("See what is missing, and have mended what can be made again:"),
            "python manage.py check_integrity --repair",
        )
    # Of what is lost or damaged none can be made.
    late = stored.filter(rendered=False, flaw="", created__lt=timezone.now() - LATE)
    if waiting := len(late[: SAMPLE + 1]):
        yield warning(
            _("Some pictures (%(n)d or more) have waited long for larger versions.")
            % {"n": waiting},
            _("See that a worker runs, and what it logs."),
        )
    if not lost and not waiting:
        yield ok(_("All %(n)d files looked for are there.") % {"n": len(files)})


def looked_for(keys: list[str]) -> tuple[list[str], list[str]]:
    """Return the files that there was time for, and those of them that are lost.

    A storage elsewhere is asked for each.
    """
    ends, lost = time.monotonic() + SECONDS, []
    for count, key in enumerate(keys, 1):
        if not default_storage.exists(key):
            lost.append(key)
        if time.monotonic() > ends:
            return keys[:count], lost
    return keys, lost


def disk() -> Iterator[Finding]:
    """Look how much room is left."""
    usage = shutil.disk_usage(settings.DATA)
    names = {"free": usage.free / GIB, "total": usage.total / GIB}
    said = _("%(free).1f of %(total).1f GiB are free.") % names
    mend = _("Make room or add a disk; what lies in the trash goes first.")
    if usage.free < FULL:
        yield error(said, mend, f"df -h {settings.DATA}")
    elif usage.free < NEARLY_FULL:
        yield warning(said, mend, f"df -h {settings.DATA}")
    else:
        yield ok(said)


def temporary() -> Iterator[Finding]:
    """See that uploads are written on the disk where they stay."""
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(b"probe")
    if isinstance(default_storage, FileSystemStorage):
        files = Path(default_storage.location)
        files = files if files.exists() else files.parent
        if files.stat().st_dev != folder.stat().st_dev:
            yield warning(
                _("Uploads are copied from one disk to another before they are kept."),
                _("Put both folders on one disk:"),
                f"{folder} → {files}",
            )
            return
    yield ok(_("Uploads are written where they stay."))


def static() -> Iterator[Finding]:
    """See that styles and scripts were collected since they were changed."""
    act = "python manage.py collectstatic --no-input"
    if not isinstance(staticfiles_storage, ManifestStaticFilesStorage):
        yield ok(_("They are served from their sources."))
        return
    path = Path(settings.STATIC_ROOT) / staticfiles_storage.manifest_name
    if not path.exists():
        yield error(_("Styles and scripts were never collected."), _("Collect:"), act)
        return
    known = staticfiles_storage.hashed_files
    lacking = [
        name
        for finder in get_finders()
        for name, _storage in finder.list([])
        if staticfiles_storage.hash_key(name) not in known
    ]
    if lacking:
        yield error(
            _("%(n)d styles, scripts or icons were not collected, as %(name)s.")
            % {"n": len(lacking), "name": lacking[0]},
            _("Collect, then start the web process again:"),
            act,
        )
    else:
        yield ok(_("All %(n)d are collected.") % {"n": len(known)})
