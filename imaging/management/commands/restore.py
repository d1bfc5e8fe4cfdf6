"""`manage.py restore PATH`: a backup into an empty installation, on any stores."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from imaging.operating.backups import BackupError
from imaging.operating.backups.manifest import Manifest
from imaging.operating.backups.progress import MIB, Progress
from imaging.operating.backups.restoring import Restoring, Sum, check
from imaging.operating.backups.unpacking import named, source_at
from imaging.operating.integrity import problems


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty installation, on SQLite or PostgreSQL, a disk "
        "or S3. Everything is checked before anything is written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--check", action="store_true", help="only read and check it")
        how.add_argument(
            "--missing",
            action="store_true",
            help="only bring back files that this installation has lost",
        )
        how.add_argument(
            "--pause",
            action="store_true",
            help="pause the providers of tasks that were under way, so that nothing "
            "is sent again that the other installation has sent since",
        )
        parser.add_argument(
            "--without-damaged",
            action="store_true",
            help="restore the rest where pictures in the backup are damaged",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.restore(**options)
        except BackupError as error:
            raise CommandError(str(error)) from error

    def restore(self, path: Path, **options: Any) -> None:
        progress = Progress(self.stdout.write)
        source = source_at(path)
        said, damaged = check(source, progress)
        self.tell_backup(said)
        if damaged and not (options["without_damaged"] or options["missing"]):
            raise BackupError(
                f"{len(damaged):,} files of this backup are damaged: {named(damaged)}. "
                "--without-damaged restores the rest."
            )
        restoring = Restoring(source, said, damaged, progress)
        if options["check"]:
            self.stdout.write("All of it is as it was when it was made.")
        elif options["missing"]:
            done = restoring.mend()
            self.stdout.write(f"{done.files:,} files were missing and are back.")
        else:
            self.tell(restoring.restore(pause=options["pause"]))
            self.see_whether_all_is_well()

    def tell_backup(self, said: Manifest) -> None:
        self.stdout.write(
            f"A backup of {said.made[:16]} UTC by Darkroom {said.darkroom} on "
            f"{said.database}: {sum(said.tables.values()):,} rows, {said.files:,} "
            f"files ({said.bytes / MIB:,.0f} MiB)."
        )
        if said.damaged:
            self.stdout.write(f"{said.damaged:,} files were damaged or missing then.")

    def tell(self, done: Sum) -> None:
        self.stdout.write(f"{done.rows:,} rows and {done.files:,} files are restored.")
        if done.open_tasks:
            self.stdout.write(
                f"Tasks that were under way: {done.open_tasks:,}. They go on when the "
                "processes are started, or their providers no longer paused."
            )

    def see_whether_all_is_well(self) -> None:
        found = list(problems())
        self.stdout.write("\n".join(found) or "Everything is as it should be.")
        if found:
            sys.exit(1)
