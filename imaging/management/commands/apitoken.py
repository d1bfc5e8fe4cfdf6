"""Make a token for a program."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from imaging.models import ApiToken, AuditEvent, Scope, User

MAX_NAME = 150
MAX_DAYS = 36_500


class Command(BaseCommand):
    help = (
        "Make an API token for the user with this email address. Line 1 is the token, "
        "then access_key= and secret_key=; none of them is shown again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="what the token is for")
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help="what it may do; several times for several, all unless given",
        )
        parser.add_argument(
            "--days", type=int, help="how long it opens anything; for ever unless given"
        )

    def handle(
        self,
        *args: Any,
        email: str,
        name: str = "",
        scope: list[str] | None = None,
        days: int | None = None,
        **options: Any,
    ) -> None:
        user = User.objects.filter(email=email.strip().lower()).first()
        if not user:
            raise CommandError(f"There is no user with the email address {email}.")
        if not user.is_active:
            raise CommandError(f"The account of {email} is switched off.")
        if len(name) > MAX_NAME:
            raise CommandError(f"A name is at most {MAX_NAME} characters long.")
        if days is not None and not 1 <= days <= MAX_DAYS:
            raise CommandError(f"--days is a number from 1 to {MAX_DAYS}.")
        expires = timezone.now() + timedelta(days=days) if days else None
        scopes = sorted(set(scope or Scope.values))
        with transaction.atomic():
            row, token = ApiToken.objects.issue(user, name, scopes, expires=expires)
            AuditEvent.objects.note(
                "token_made", user=user, subject=row, name=name, scopes=scopes
            )
        self.stdout.write(token)
        self.stdout.write(f"access_key={row.access_key}")
        self.stdout.write(f"secret_key={row.secret_key}")
