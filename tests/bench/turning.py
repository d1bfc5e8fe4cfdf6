"""Opens the first and the last page of very long walls, and prints how long they took.

In turns, so that whatever else the machine does falls on both alike.
"""

import json
import sys
import time

import django

TURNS, HUNG = 40, 5_000


def spans(count: int) -> dict[str, list[float]]:
    """Return milliseconds for each page; and for each how many queries it made."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from imaging.models import Gallery, Image, User
    from imaging.views.library import PAGE
    from tests.wall import hang

    user = User.objects.create_user("alice@example.com")
    hang(user.email, count)
    team = user.own_teams()[0]
    oldest = list(Image.objects.order_by("created").values_list("pk", flat=True))
    gallery = Gallery.objects.create(team=team, owner=user, name="Long")
    gallery.add(oldest[:HUNG], user)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    room = f"/galleries/{gallery.pk}/"
    pages = {
        "library, first": "/",
        "library, last": f"/?after={oldest[PAGE]}",
        "gallery, first": room,
        "gallery, last": f"{room}?after={oldest[HUNG - PAGE - 1]}",
    }
    taken: dict[str, list[float]] = {name: [] for name in pages}
    for turn in range(TURNS + 1):
        for name, address in pages.items():
            began = time.perf_counter()
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(address)
            assert answer.text.count("data-family=") == PAGE, (name, answer)
            assert len(queries) <= 12, (name, len(queries))
            if turn:
                taken[name].append(1000 * (time.perf_counter() - began))
    return taken


if __name__ == "__main__":
    django.setup()
    print(json.dumps(spans(int(sys.argv[1]))))  # noqa: T201
