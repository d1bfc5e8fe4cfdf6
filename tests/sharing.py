"""Share links with a photograph behind them, and their addresses."""

import io
from functools import cache

import pytest
from PIL import Image as Picture

from imaging.models import Gallery, Image, ShareLink, Team, User
from imaging.pictures import Rendition, inspect
from tests import drawing
from tests.stored import an_image

NAME = "DSC_0001 Anna.jpg"
SECRETS = (b"DSC_0001", b"SECRETCAM", b"SERIAL", b"REMARK")


@cache
def photograph(width: int, height: int) -> bytes:
    """Draw a photograph with EXIF and a remark."""
    file = io.BytesIO()
    exif = Picture.Exif()
    exif[0x010F], exif[0xA431] = "SECRETCAM", "SERIAL-12345"
    picture = Picture.open(io.BytesIO(drawing.jpeg(width, height)))
    picture.save(file, "JPEG", exif=exif.tobytes(), comment=b"REMARK-77")
    return file.getvalue()


MADE: dict[tuple[int, int], tuple[Rendition, ...]] = {}


def a_photograph(team: Team, width: int = 2100, height: int = 1400) -> Image:
    """Store a photograph, and its renditions."""
    size = width, height
    image = an_image(team, photograph(*size), NAME, width=width, height=height)
    if size not in MADE:
        with image.blob.local_copy() as path:
            MADE[size] = inspect(path, want=("320", "640", "1600")).renditions
    image.blob.add_renditions(MADE[size], complete=True)
    return image


@pytest.fixture
def image(studio: Team) -> Image:
    return a_photograph(studio)


@pytest.fixture
def link(studio: Team, alice: User, image: Image) -> ShareLink:
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Anna & Jörg")
    gallery.add([image.pk], alice)
    return ShareLink.objects.make(gallery, alice, mode="full")


def of(link: ShareLink, image: Image | None = None, rest: str = "") -> str:
    return f"/s/{link.token}/{image.pk}/{rest}" if image else f"/s/{link.named}"


def every_address(link: ShareLink, image: Image) -> list[str]:
    rests = ("", "320", "640", "1600", "download")
    return [of(link), *(of(link, image, rest) for rest in rests)]


def change(link: ShareLink, **fields: object) -> None:
    ShareLink.objects.filter(pk=link.pk).update(**fields)
    link.refresh_from_db()
