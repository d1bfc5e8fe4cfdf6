"""Pictures stored as by a door, and an index of what they look like for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as Pictures

from imaging.models import Image, Team
from imaging.similar import INDEX


@pytest.fixture(autouse=True)
def empty_index() -> Iterator[None]:
    """Forget what other tests have stored and taken back."""
    INDEX.clear()
    yield
    INDEX.clear()


def keep(
    team: Team, picture: Pictures.Image, folder: Path, name: str = "a.png"
) -> Image:
    """Store a picture as a door does."""
    path = folder / "sent"
    picture.save(path, "PNG")
    return Image.objects.store(path, team=team, owner=None, name=name)


def larger(picture: Pictures.Image) -> Pictures.Image:
    return picture.resize((3 * picture.width, 3 * picture.height))
