"""Opens pages of very long walls in turns, and prints what each of them took.

`python -m tests.bench.turning EMAIL`, where `stock` has filled the database. For each
page: where it is, milliseconds of every turn and of its page query alone, and how many
queries it made.
"""

import json
import sys
import time
from typing import Any

import django

from config.stack import roomy

TURNS = 20


def spans(email: str) -> dict[str, dict[str, Any]]:
    """Open the pages one after the other, so that all meet the same disturbances."""
    from django.test import Client

    from imaging.models import User

    user = User.objects.get(email=email)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    pages = addresses(user)
    found: dict[str, dict[str, Any]] = {
        name: {"address": address, "ms": [], "query": []}
        for name, address in pages.items()
    }
    for turn in range(TURNS + 1):
        for name, address in pages.items():
            ms, asked = opened(client, address)
            query = fetched(page_query(asked))
            if turn:
                found[name]["ms"].append(ms)
                found[name]["query"].append(query)
            found[name]["queries"] = len(asked)
    return found


def addresses(user: Any) -> dict[str, str]:
    from imaging.models import Gallery, Image
    from imaging.views.library import PAGE

    oldest = Image.objects.order_by("created").values_list("pk", flat=True)[PAGE]
    gallery = Gallery.objects.get()
    behind = gallery.items.order_by("-position").values_list("image", flat=True)[PAGE]
    room = f"/galleries/{gallery.pk}/"
    return {
        "library, first page": "/",
        "library, last page": f"/?after={oldest}",
        "gallery, first page": room,
        "gallery, last page": f"{room}?after={behind}",
    }


def opened(client: Any, address: str) -> tuple[float, list[str]]:
    """Open a page; return its milliseconds and all that it asked the database."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from imaging.views.library import PAGE

    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        answer = client.get(address)
        span = time.perf_counter() - began
    assert answer.text.count("data-family=") == PAGE, (address, answer)
    return 1000 * span, [one["sql"] for one in queries.captured_queries]


def page_query(asked: list[str]) -> str:
    """Find the one that brings the tiles, and one more to know whether more follow."""
    from imaging.views.library import PAGE

    (found,) = (one for one in asked if f"LIMIT {PAGE + 1}" in one)
    return found


def fetched(query: str) -> float:
    """Return the milliseconds of a query with all its rows, without the models."""
    from django.db import connection

    with connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(query)
        cursor.fetchall()
        return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    django.setup()
    # With room on the stack, as the site is served.
    print(json.dumps(roomy(spans)(sys.argv[1])))  # noqa: T201
