"""`manage.py check_integrity`: say whether everything is as the database says."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from imaging.operating.checking import Report, check


class Command(BaseCommand):
    help = "Check that nothing is lost, half there, stuck or miscounted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON only")
        parser.add_argument("--deep", action="store_true", help="read every file too")
        parser.add_argument(
            "--repair",
            action="store_true",
            help="mend what can be mended, while everything runs; what is printed as "
            "a problem is left for a person",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        mend = options["repair"]
        report = check(deep=options["deep"], mend=mend)
        if options["json"]:
            said = {"ok": not report.problems, "problems": report.problems}
            said |= {"repaired": report.repaired} if mend else {}
            self.stdout.write(json.dumps(said))
        else:
            self.tell(report)
        if report.problems:
            sys.exit(1)

    def tell(self, report: Report) -> None:
        for line in report.repaired:
            self.stdout.write(f"mended: {line}")
        for line in report.problems:
            self.stdout.write(line)
        if not report.problems:
            self.stdout.write("Everything is as it should be.")
