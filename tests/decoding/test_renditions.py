"""The smaller versions: sizes, turns, colours, and nothing of the camera's notes."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imaging import pictures
from imaging.decoding.formats import SIDES
from imaging.pictures import Rendition
from tests import drawing


def opened(rendition: Rendition) -> Image.Image:
    return Image.open(io.BytesIO(rendition.data))


def rendered(folder: Path, data: bytes) -> dict[str, Rendition]:
    """Make every rendition, those of the door and those of the worker."""
    path = folder / "file"
    path.write_bytes(data)
    made = [*pictures.inspect(path).renditions, *pictures.render(path, ["640", "1600"])]
    return {rendition.name: rendition for rendition in made}


def four_colours(picture: Image.Image) -> list[tuple[int, ...]]:
    """Return the colours in the middle of the four quarters, in reading order."""
    width, height = picture.size
    return [
        picture.convert("RGB").getpixel((width * x // 4, height * y // 4))
        for y in (1, 3)
        for x in (1, 3)
    ]


def quarters(picture: Image.Image) -> np.ndarray:
    """Return the average colours of the four quarters, on black where transparent."""
    picture = picture.convert("RGBA").convert("RGBa")
    return np.asarray(picture.resize((2, 2), Image.Resampling.BOX))


def is_near(one: object, other: object, most: float = 12) -> bool:
    difference = np.asarray(one, dtype=int) - np.asarray(other, dtype=int)
    return bool(np.abs(difference).max() <= most)


def test_long_sides_are_320_640_and_1600(tmp_path: Path) -> None:
    made = rendered(tmp_path, drawing.jpeg(2000, 1500))
    sizes = {name: (item.width, item.height) for name, item in made.items()}
    assert sizes == {"320": (320, 240), "640": (640, 480), "1600": (1600, 1200)}
    assert {name: opened(item).size for name, item in made.items()} == sizes
    kinds = {name: item.content_type for name, item in made.items()}
    assert kinds == {"320": "image/webp", "640": "image/jpeg", "1600": "image/jpeg"}
    assert [made[name].suffix for name in SIDES] == [".webp", ".jpg", ".jpg"]


@pytest.mark.parametrize("data", [drawing.jpeg(500, 400), drawing.png(500, 400)])
def test_nothing_is_enlarged(tmp_path: Path, data: bytes) -> None:
    made = rendered(tmp_path, data)
    assert (made["320"].width, made["320"].height) == (320, 256)
    assert {(made[name].width, made[name].height) for name in ("640", "1600")} == {
        (500, 400)
    }


def test_a_very_narrow_picture_keeps_a_side(tmp_path: Path) -> None:
    made = rendered(tmp_path, drawing.png(64, 20_000))
    assert (made["320"].width, made["320"].height) == (1, 320)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_applied_once(
    tmp_path: Path, orientation: int, form: str
) -> None:
    made = rendered(tmp_path, drawing.oriented(orientation, form))
    expected = [drawing.RED, drawing.GREEN, drawing.BLUE, drawing.WHITE]
    for rendition in made.values():
        picture = opened(rendition)
        assert picture.width > picture.height
        assert is_near(four_colours(picture), expected)
        assert picture.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_the_profile_stays_and_all_notes_go(tmp_path: Path, form: str) -> None:
    made = rendered(tmp_path, drawing.traced(form))
    assert set(made) == set(SIDES)
    for rendition in made.values():
        picture = opened(rendition)
        assert picture.info["icc_profile"] == drawing.profile()
        assert not picture.getexif()
        for trace in (b"Secret", b"SERIAL", b"Exif", b"xmpmeta"):
            assert trace not in rendition.data


@pytest.mark.parametrize("kind", drawing.everything())
def test_every_kind_keeps_its_colours(tmp_path: Path, kind: str) -> None:
    data = drawing.everything()[kind]
    with Image.open(io.BytesIO(data)) as original:
        if original.mode == "I;16":
            original = Image.fromarray((np.asarray(original) >> 8).astype(np.uint8))
        expected = quarters(original)
    for rendition in rendered(tmp_path, data).values():
        assert is_near(quarters(opened(rendition)), expected)


def test_what_is_transparent_stays_so(tmp_path: Path) -> None:
    for rendition in rendered(tmp_path, drawing.see_through()).values():
        assert rendition.content_type == "image/webp"
        alpha = np.asarray(opened(rendition).getchannel("A"))
        middle = alpha.shape[1] // 2
        assert alpha[:, : middle - 4].max() == 0
        assert alpha[:, middle + 4 :].min() == 255


def test_an_opaque_picture_with_an_alpha_channel_counts_as_opaque(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file"
    path.write_bytes(drawing.save(drawing.photo().convert("RGBA"), "PNG"))
    picture = pictures.inspect(path)
    assert (picture.mode, picture.has_alpha) == ("RGBA", False)
    assert picture.renditions[0].content_type == "image/jpeg"
