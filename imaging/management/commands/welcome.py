"""Say where the site is and, as long as there is no user, how to become the first."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from imaging.models import User
from imaging.views.setup import setup_link


class Command(BaseCommand):
    help = "Print the address of the site, and a set-up link while there is no user."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            empty = not User.objects.exists()
        except DatabaseError as error:
            raise CommandError(
                f"The database is not ready ({str(error).strip()}). "
                "Prepare it: python manage.py migrate"
            ) from error
        self.stdout.write(f"Darkroom is at {settings.BASE_URL}")
        self.stdout.write(listening())
        if empty:
            self.stdout.write(
                "Nobody has an account yet. Whoever opens this link first runs the "
                f"place; it works once, for 7 days:\n{setup_link()}"
            )


def listening() -> str:
    """Return one line: what this process listens on, and who reaches that."""
    where = os.environ.get("BIND") or f"127.0.0.1:{settings.PORT}"
    if not where.startswith(("127.", "localhost:", "[::1]:")):
        return f"It listens on {where}."
    if urlsplit(settings.BASE_URL).hostname not in {"127.0.0.1", "localhost", "::1"}:
        return f"It listens on {where}, reached by {settings.BASE_URL} through a proxy."
    return (
        f"It listens on {where}, reached by browsers on this machine alone; "
        "BASE_URL and a proxy in front open it to others."
    )
