"""How much a team may have retouched: so much in a day, and so many credits in all.

What is left is counted from the tasks themselves, so what fails is given back.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from imaging.models import State, Task, Team, VendorRecord
from imaging.providers.retouch4me import wire
from imaging.providers.retouch4me.server.payload import DOOR

# What a team has until its operator grants something else, by day and in all.
DAILY, CREDITS = 100_000, 1_000_000
GIVEN_BACK = [State.ERROR, State.CANCELLED]


def account_of(team: Team) -> VendorRecord:
    """Return what was granted to a team: `daily`, and `professional` in all."""
    return VendorRecord.objects.get_or_create(
        provider=DOOR,
        kind=VendorRecord.ACCOUNT,
        team=team,
        key=wire.MODE,
        defaults={"data": {"daily": DAILY, wire.MODE: CREDITS}},
    )[0]


def left_today(account: VendorRecord) -> int:
    """Count the jobs that are left of this day (UTC), where credits are left at all.

    It stays true as long as the account's row is held.
    """
    if not has_credit(account):
        return 0
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    given = account.granted("daily", DAILY)
    return max(given - used(account.team_id, since=today), 0)


def has_credit(account: VendorRecord) -> bool:
    """Say whether a credit is left; the count of all tasks is far less work."""
    given = account.granted(wire.MODE, CREDITS)
    every = Task.objects.filter(team=account.team_id).count()
    return every < given or used(account.team_id) < given


def left_in_all(account: VendorRecord) -> int:
    """Count the credits that are left."""
    return max(account.granted(wire.MODE, CREDITS) - used(account.team_id), 0)


def used(team_id: object, since: datetime | None = None) -> int:
    """Count what a team had done by this door, and did not fail."""
    tasks = Task.objects.filter(team=team_id, batch__door=DOOR)
    if since:
        tasks = tasks.filter(created__gte=since)
    return tasks.exclude(state__in=GIVEN_BACK).count()
