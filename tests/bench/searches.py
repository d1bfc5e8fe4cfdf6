"""Searches very many pictures by looks and by name, and prints how long each took.

`python -m tests.bench.searches EMAIL`, where `stock` has filled the database.
"""

import json
import random
import sys
import time
from typing import Any

import django

SEARCHES, NAMES = 60, 20


def spans(email: str) -> dict[str, list[float]]:
    """Return the milliseconds of each search."""
    from imaging.models import User

    user = User.objects.get(email=email)
    return {"similar pictures": alike(user)} | {
        what: named(user, text)
        for what, text in {
            "a name that one has": "wall 77777",
            "a name that 10,000 have": "wall 7",
            "a name that nobody has": "lighthouse",
        }.items()
    }


def alike(user: Any) -> list[float]:
    """Search by looks; the first, which reads all there are, is not among them."""
    from imaging.decoding.descriptor import describe
    from imaging.models import Image
    from imaging.similar import INDEX, find
    from tests.altered import cropped, pictures

    teams = [team.pk for team in user.own_teams()]
    cut, dice = pictures(SEARCHES + 1), random.Random(1)  # noqa: S311
    taken = []
    for picture in cut:
        asked = describe(cropped(picture, dice))
        began = time.perf_counter()
        find(asked, Image.objects.visible_to(user), teams)
        taken.append(1000 * (time.perf_counter() - began))
    # Among all of them, or it was quick for nothing.
    assert INDEX.rows.count >= Image.objects.count()
    return taken[1:]


def named(user: Any, text: str) -> list[float]:
    """Search by name as the library does: a page of what is found, newest first."""
    from django.http import QueryDict

    from imaging.models import Image
    from imaging.views.filters import Filters
    from imaging.views.library import PAGE

    team = user.own_teams()[0]
    mine = Image.objects.visible_to(user).filter(team=team).as_tiles()
    found = Filters(QueryDict(f"q={text}"), team, user).apply(mine).newest()
    taken = []
    for _turn in range(NAMES + 1):
        began = time.perf_counter()
        list(found[: PAGE + 1])
        taken.append(1000 * (time.perf_counter() - began))
    return taken[1:]


if __name__ == "__main__":
    django.setup()
    print(json.dumps(spans(sys.argv[1])))  # noqa: T201
