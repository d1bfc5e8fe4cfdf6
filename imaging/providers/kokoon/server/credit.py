"""Credits: what a task costs, and what is left of those that a team was granted."""

from __future__ import annotations

import math

from django.db.models import Exists, IntegerField, OuterRef, Sum, UUIDField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.http import HttpRequest, JsonResponse

from imaging.api.callers import Caller
from imaging.models import Scope, State, Task, Team, VendorRecord
from imaging.models.records import VendorRecordQuerySet
from imaging.providers.kokoon import wire
from imaging.providers.kokoon.server import asked, images
from imaging.providers.kokoon.server.answers import PIXELS_PER_CREDIT, price_of
from imaging.providers.kokoon.server.door import DOOR, server

# So many each team has until its operator grants another number.
GRANTED = 10_000_000
# What the largest result costs.
MOST_PRICE = math.ceil(asked.LONG_MOST * asked.SHORT_MOST / PIXELS_PER_CREDIT)
GIVEN_BACK = [State.ERROR, State.CANCELLED]


@server.operation(Scope.READ)
def calc_credit(request: HttpRequest, caller: Caller) -> JsonResponse:
    """Say what a task would cost; nothing is begun."""
    wanted = asked.read_wanted(request.body, wire.FULL)
    images.original(caller, wanted.vid)
    return JsonResponse({"credit": price_of(wanted)})


@server.operation(Scope.READ)
def my_credit(request: HttpRequest, caller: Caller) -> JsonResponse:
    """Say what is left to the team that new pictures go to."""
    team = caller.team()
    left = max(granted(team) - spent(team), 0)
    return JsonResponse({"uid": str(caller.user.pk), "credit": left, "point": 0})


def suffices(team: Team, price: int) -> bool:
    """Say whether a team has so much left, and let no other task ask meanwhile.

    Called in the transaction that begins the task.
    """
    left = granted(team, VendorRecord.objects.select_for_update())
    # To sum up many tasks takes long; mostly their number tells that some is left.
    most = MOST_PRICE * records_of(team).count()
    return left - most >= price or left - spent(team) >= price


def granted(team: Team, rows: VendorRecordQuerySet | None = None) -> int:
    """Return how many credits a team was given for good."""
    rows = VendorRecord.objects.all() if rows is None else rows
    account, _new = rows.get_or_create(
        provider=DOOR,
        kind=VendorRecord.ACCOUNT,
        team=team,
        key="credit",
        defaults={"data": {"granted": GRANTED}},
    )
    return account.granted("granted", GRANTED)


def records_of(team: Team) -> VendorRecordQuerySet:
    """Return what is remembered of a team's tasks that cost something."""
    return VendorRecord.objects.filter(provider=DOOR, kind=wire.FULL, team=team)


def spent(team: Team) -> int:
    """Sum up what the tasks of this door cost that did not fail."""
    own = Task.objects.filter(pk=Cast(OuterRef("key"), UUIDField()))
    good = records_of(team).exclude(Exists(own.filter(state__in=GIVEN_BACK)))
    price = Cast(KT("data__price"), IntegerField())
    return int(good.aggregate(sum=Sum(price))["sum"] or 0)
