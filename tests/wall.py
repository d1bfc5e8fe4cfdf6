"""A wall of pictures, put straight into a running site's database.

`python -m tests.wall EMAIL COUNT [FILE...]`: images of this person's team that share
the bytes of the files, or of drawings in many shapes.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from imaging.models import Blob, User

from tests.application import Application
from tests.services import ROOT

SHAPES = [(640, 480), (480, 640), (600, 400), (400, 400), (640, 200), (200, 640)]
SHAPES += [(640, 360), (450, 600)]


def hang(email: str, count: int, files: Sequence[Path] = ()) -> None:
    """Store each file once, and hang as many pictures as asked for, a minute apart."""
    from django.utils import timezone

    from imaging.models import Image, User

    user = User.objects.get(email=email)
    team, blobs = user.own_teams()[0], stored(user, files)
    dice, now = random.Random(1), timezone.now()  # noqa: S311
    Image.objects.bulk_create(
        (
            Image(
                team=team,
                owner=user,
                blob=dice.choice(blobs),
                name=f"wall {number:05}.jpg",
                created=now - timedelta(minutes=number + 1),
            )
            for number in range(count)
        ),
        batch_size=1000,
    )


def stored(user: User, files: Sequence[Path] = ()) -> list[Blob]:
    """Store each file, or drawings in many shapes, and return what their bytes are."""
    from imaging.models import Image

    team, blobs = user.own_teams()[0], []
    with tempfile.TemporaryDirectory() as folder:
        for path in files or drawings(Path(folder)):
            image = Image.objects.store(path, team=team, owner=user, name=path.name)
            blobs.append(image.blob)
            image.delete()
    return blobs


def drawings(folder: Path) -> list[Path]:
    from tests import drawing

    paths = []
    for seed, (width, height) in enumerate(SHAPES):
        path = folder / f"{seed}.jpg"
        path.write_bytes(drawing.jpeg(width, height, seed=seed))
        paths.append(path)
    return paths


def hang_in(site: Application, email: str, count: int) -> None:
    """Hang a wall in the site that runs for the tests."""
    subprocess.run(
        [sys.executable, "-m", "tests.wall", email, str(count)],
        cwd=ROOT,
        env={**site.env, "DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
    )


if __name__ == "__main__":
    django.setup()
    hang(sys.argv[1], int(sys.argv[2]), [Path(name) for name in sys.argv[3:]])
