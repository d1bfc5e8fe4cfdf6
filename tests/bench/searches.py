"""Stores very many pictures' descriptors, searches, and prints how long each took."""

import json
import random
import sys
import time
from datetime import timedelta

import django
import numpy as np

SEARCHES, DIFFERENT, NOISE = 60, 2_000, 24


def spans(count: int) -> list[float]:
    """Return milliseconds; the first search, which reads all, is not among them."""
    from imaging.decoding.descriptor import describe
    from imaging.models import Image, User
    from imaging.similar import find
    from tests.altered import cropped, pictures

    user = User.objects.create_user("alice@example.com")
    team = user.own_teams()[0]
    cut, dice = pictures(SEARCHES + 1), random.Random(1)  # noqa: S311
    fill(team, count)
    taken = []
    for picture in cut:
        asked = describe(cropped(picture, dice))
        began = time.perf_counter()
        find(asked, Image.objects.visible_to(user), [team.pk])
        taken.append(1000 * (time.perf_counter() - began))
    return taken[1:]


def fill(team: object, count: int) -> None:
    """Make blobs and images that look like noisy cuttings of photographs."""
    from django.utils import timezone

    from imaging.decoding.descriptor import describe
    from imaging.models import Blob, Image
    from tests.altered import strangers

    drawn = [np.frombuffer(describe(one), np.uint8) for one in strangers(DIFFERENT)]
    noise = np.random.default_rng(1)
    earlier = timezone.now() - timedelta(hours=1)
    blobs = [
        Blob(
            team=team,
            digest=f"{number:064x}",
            size=1,
            format="jpeg",
            width=640,
            height=480,
            stored=True,
            described=earlier - timedelta(seconds=number),
            descriptor=varied(drawn[number % DIFFERENT], noise).tobytes(),
        )
        for number in range(count)
    ]
    Blob.objects.bulk_create(blobs, batch_size=2_000)
    images = (Image(team=team, blob=blob, name="a.jpg") for blob in blobs)
    Image.objects.bulk_create(images, batch_size=2_000)


def varied(cells: np.ndarray, noise: np.random.Generator) -> np.ndarray:
    """Change every cell but the last, which is the shape, a little."""
    change = noise.normal(0, NOISE, cells.size)
    change[-1] = 0
    return (cells + change).clip(0, 255).astype(np.uint8)


if __name__ == "__main__":
    django.setup()
    print(json.dumps(spans(int(sys.argv[1]))))  # noqa: T201
