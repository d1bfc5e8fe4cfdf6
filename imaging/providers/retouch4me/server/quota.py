"""How much a team may have retouched: so much in a day, and so many credits in all.

What is left is counted from the tasks themselves, so what fails is given back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from imaging.models import State, Task, Team, VendorRecord
from imaging.providers.retouch4me.server.payload import DOOR, MODE

ACCOUNT = "account"
# What a team has until its operator grants something else, by day and in all.
DAILY, CREDITS = 100_000, 1_000_000
GIVEN_BACK = [State.ERROR, State.CANCELLED]


@dataclass(frozen=True)
class Left:
    """What a team may still have done, today and in all."""

    today: int
    credits: int

    @property
    def nothing(self) -> bool:
        return min(self.today, self.credits) <= 0


def account_of(team: Team) -> VendorRecord:
    """Return what was granted to a team: `daily`, and `professional` in all."""
    return VendorRecord.objects.get_or_create(
        provider=DOOR,
        kind=ACCOUNT,
        team=team,
        key=MODE,
        defaults={"data": {"daily": DAILY, MODE: CREDITS}},
    )[0]


def left(account: VendorRecord) -> Left:
    """Count what is left. It stays true as long as the account's row is held."""
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    granted = account.data
    return Left(
        int(granted.get("daily", DAILY)) - used(account.team_id, since=today),
        int(granted.get(MODE, CREDITS)) - used(account.team_id),
    )


def used(team_id: object, since: datetime | None = None) -> int:
    """Count what a team had done by this door, and did not fail."""
    tasks = Task.objects.filter(team=team_id, batch__door=DOOR)
    if since:
        tasks = tasks.filter(created__gte=since)
    return tasks.exclude(state__in=GIVEN_BACK).count()
