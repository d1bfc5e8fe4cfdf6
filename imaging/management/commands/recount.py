"""`manage.py recount`: prove every number of downloads by counting again."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from imaging.operating.recount import differences, repair


class Command(BaseCommand):
    help = (
        "Count the downloads again, and print where a number differs; the exit code "
        "is then 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--repair",
            action="store_true",
            help="set right what follows from the downloads, then count once more",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["repair"]:
            for line in differences():
                self.stdout.write(f"before: {line}")
            repair()
        found = 0
        for line in differences():
            found += 1
            self.stdout.write(line)
        if found:
            sys.exit(1)
        self.stdout.write("Every number of downloads is what the rows say.")
