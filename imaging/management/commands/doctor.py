"""`manage.py doctor`: say what is wrong with this installation, and how to mend it."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from imaging.operating.checkup.finding import ERROR, OK, Finding
from imaging.operating.doctor import examine


class Command(BaseCommand):
    help = "Look at everything that must hold; exit 1 on an error, 0 on warnings."
    # What they say is among the findings.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON only")

    def handle(self, *args: Any, **options: Any) -> None:
        found = examine()
        well = all(one.level != ERROR for one in found)
        if options["json"]:
            said = {"ok": well, "findings": [asdict(one) for one in found]}
            self.stdout.write(json.dumps(said))
        else:
            self.stdout.write("\n".join(map(line, found)))
        if not well:
            sys.exit(1)


def line(one: Finding) -> str:
    """Return a finding as text: level and matter, then the way to mend it."""
    text = f"{one.level:7}  {one.title}: {one.said}"
    if one.level == OK:
        return text
    way = " ".join(part for part in (one.mend, one.act) if part)
    return f"{text}\n         → {way}"
