"""Fills an empty database with very many pictures, each of bytes and looks of its own.

`python -m tests.bench.stock EMAIL COUNT LOOKS`, where LOOKS is the file of `looks`. All
of them are in the library of that person's team, and hang in one gallery.
"""

import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
import numpy as np

DIFFERENT, NOISE, AT_ONCE = 2_000, 24, 2_000


def looks(path: Path) -> None:
    """Write descriptors of many cuttings of photographs, which takes a while."""
    from imaging.decoding.descriptor import describe
    from tests.altered import strangers

    drawn = [np.frombuffer(describe(one), np.uint8) for one in strangers(DIFFERENT)]
    np.save(path, np.array(drawn))


def fill(email: str, count: int, drawn: np.ndarray) -> None:
    """Make the rows that so many uploads would, a minute apart."""
    from imaging.models import Blob, Gallery, GalleryItem, Image, User
    from tests.wall import stored

    user = User.objects.get(email=email)
    team = user.own_teams()[0]
    likes = stored(user)
    gallery = Gallery.objects.create(team=team, owner=user, name="Long")
    noise = np.random.default_rng(1)
    for start in range(0, count, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, count))
        cells = varied(drawn[np.array(numbers) % len(drawn)], noise)
        blobs = [blob(likes, number, cells[number - start]) for number in numbers]
        images = [
            Image(
                team=team,
                owner=user,
                blob=one,
                name=f"wall {number:05}.jpg",
                created=one.created,
            )
            for number, one in zip(numbers, blobs, strict=True)
        ]
        items = [
            GalleryItem(
                gallery=gallery, image=one, position=number << 20, number=number
            )
            for number, one in zip(numbers, images, strict=True)
        ]
        Blob.objects.bulk_create(blobs)
        Image.objects.bulk_create(images)
        GalleryItem.objects.bulk_create(items)


def blob(likes: Sequence[Any], number: int, cells: np.ndarray) -> Any:
    """Return the row of bytes like those of a stored drawing, with looks of its own."""
    from django.utils import timezone

    from imaging.models import Blob

    like = likes[number % len(likes)]
    fields = {one.attname: getattr(like, one.attname) for one in Blob._meta.fields}
    earlier = timezone.now() - timedelta(minutes=number + 1)
    fields |= {"digest": f"{number:064x}", "created": earlier, "described": earlier}
    # As it is once its image was made.
    fields |= {"stored": True, "writer": "", "descriptor": cells.tobytes()}
    del fields["id"]
    return Blob(**fields)


def varied(cells: np.ndarray, noise: np.random.Generator) -> np.ndarray:
    """Change every cell but the last, which is the shape, a little."""
    change = noise.standard_normal(cells.shape, np.float32) * NOISE
    change[:, -1] = 0
    return (cells + change).clip(0, 255).astype(np.uint8)


if __name__ == "__main__":
    django.setup()
    fill(sys.argv[1], int(sys.argv[2]), np.load(sys.argv[3]))
