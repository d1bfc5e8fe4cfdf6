"""`manage.py check_integrity`: say whether everything is as the database says."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from imaging.operating.integrity import problems


class Command(BaseCommand):
    help = "Check that nothing is lost, half there, stuck or miscounted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON only")
        parser.add_argument("--deep", action="store_true", help="read every file too")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(problems(deep=options["deep"]))
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not found, "problems": found}))
        else:
            self.stdout.write("\n".join(found) or "Everything is as it should be.")
        if found:
            sys.exit(1)
