"""`manage.py backup PATH`: all rows and files, while the site runs."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from imaging.models import AuditEvent
from imaging.operating.backups import BackupError, manifest
from imaging.operating.backups.making import Sum, make
from imaging.operating.backups.packing import Folder, Packing, Tar, tar_file
from imaging.operating.backups.progress import MIB, Progress
from imaging.operating.readiness import unapplied


class Command(BaseCommand):
    help = (
        "Keep all rows and files in a folder, a file.tar, or (-) a tar on standard "
        "output. A folder that holds a backup is brought up to date: pictures that "
        "are in it are not read again. The exit code is 1 where a picture was damaged."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", metavar="PATH")

    def handle(self, *args: Any, **options: Any) -> None:
        # Nobody else reads what is written: digests of passwords and tokens are in it.
        usual = os.umask(0o077)
        try:
            if unapplied():
                raise BackupError("Run manage.py migrate first.")
            packing = packing_at(options["path"])
            made = make(packing, Progress(self.say))
        except BackupError as error:
            raise CommandError(str(error)) from error
        finally:
            os.umask(usual)
        AuditEvent.objects.note(
            "backed_up", rows=made.rows, files=made.files, damaged=made.damaged
        )
        self.tell(made, options["path"])
        if made.damaged:
            sys.exit(1)

    def say(self, line: str) -> None:
        # The tar may be on standard output.
        self.stderr.write(line, self.style.NOTICE)

    def tell(self, made: Sum, path: str) -> None:
        where = "standard output" if path == "-" else path
        self.say(
            f"{made.rows:,} rows and {made.files:,} files ({made.bytes / MIB:,.0f} "
            f"MiB) are kept in {where}; {made.linked:,} of the files were there."
        )
        self.say("Whoever reads it reads everything: it holds digests of passwords.")
        for line in manifest.LEFT_OUT:
            self.say(f"Left out: {line}")
        if made.damaged:
            self.say(f"{made.damaged:,} files were damaged or missing: see above.")


def packing_at(path: str) -> Packing:
    if path == "-":
        return Tar(sys.stdout.buffer)
    target = Path(path).resolve()
    if target.is_relative_to((settings.DATA / "files").resolve()):
        raise BackupError("That is where the pictures lie. Name another place.")
    try:
        return tar_file(target) if target.suffix == ".tar" else Folder(target)
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error.strerror}.") from error
