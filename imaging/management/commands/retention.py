"""`manage.py retention --dry-run`: say what the rules delete, before they do."""

from __future__ import annotations

from argparse import ArgumentParser
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from imaging.models import Period, Team
from imaging.models.periods import BOUNDS
from imaging.operating import retention


class Command(BaseCommand):
    help = "Say what would be deleted at the next run. Nothing is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run",
            action="store_true",
            required=True,
            help="what is deleted is deleted by the hourly run alone",
        )
        parser.add_argument("--team", help="one team alone: its name, or its id")
        parser.add_argument(
            "--days",
            type=int,
            help="with a rule of so many days, also for the pictures that are here",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        team = self.team(options["team"]) if options["team"] else None
        if (days := options["days"]) is not None:
            if not 1 <= days <= 36_500:
                raise CommandError("--days is from 1 to 36500.")
            self.tell(f"with {days} days", retention.older(team, days), team)
            return
        self.tell("by the rules as they are", retention.due(team), team)
        if team is None:
            self.tell_rows()

    def team(self, name: str) -> Team:
        rows = Team.objects.filter(name=name)
        with suppress(ValueError):
            rows = rows | Team.objects.filter(pk=UUID(name))
        found = list(rows[:2])
        if len(found) != 1:
            many = "Several teams have" if found else "No team has"
            raise CommandError(f"{many} the name {name!r}; give an id.")
        return found[0]

    def tell(self, which: str, rows: Any, team: Team | None) -> None:
        """Say in a line what would go."""
        said = retention.going(rows, team)
        first = f", the first of {said.first:%Y-%m-%d}" if said.first else ""
        self.stdout.write(
            f"{which}: {said.pictures} pictures ({said.bytes} bytes) would go at the "
            f"next run{first}; {said.results} results, {said.links} share links and "
            f"{said.picks} picks concerned; {said.busy} more are being worked on and "
            "stay"
        )

    def tell_rows(self) -> None:
        """Say of everything else that is deleted by age how much goes."""
        for name in [one for one in BOUNDS if one != "trash"]:
            days = Period.objects.days(name)
            count = retention.count_aged(name, days)
            bound = retention.COUNTED
            known = f"more than {bound}" if count > bound else count
            kept = f"{days} days" if days else "for good"
            self.stdout.write(f"{name}, kept {kept}: {known} rows would go")
