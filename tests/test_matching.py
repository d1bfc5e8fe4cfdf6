"""What two descriptors have to say of each other, on altered photographs."""

import numpy as np
import pytest

from imaging.decoding.descriptor import SIZE, describe, shape_of
from imaging.pictures.matching import Looks
from tests import altered, drawing
from tests.bench.similarity import rates


def test_altered_pictures_are_found_first_among_many() -> None:
    found = rates(120, 400)
    assert set(found) == set(altered.ALTERATIONS)
    assert min(found.values()) >= 92, found
    single = [rate for name, rate in found.items() if name != "all at once"]
    assert sum(single) / len(single) >= 95, found


@pytest.mark.parametrize("sides", [(64, 64), (640, 100), (100, 1600), (2000, 70)])
def test_a_descriptor_has_its_size_and_tells_the_shape(sides: tuple[int, int]) -> None:
    said = describe(drawing.photo(*sides))
    assert len(said) == SIZE
    assert shape_of(said) == pytest.approx(sides[0] / sides[1], rel=0.02) or max(
        sides
    ) > 16 * min(sides)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_every_mode_is_described(mode: str) -> None:
    said = describe(drawing.photo().convert(mode))
    plain = describe(drawing.photo())
    assert Looks.of(said).likeness(Looks.of(plain))[0] > 0.99


def test_what_is_transparent_counts_as_white() -> None:
    clear = drawing.photo().convert("RGBA")
    clear.putalpha(0)
    cells = np.frombuffer(describe(clear), np.uint8)[:256]
    assert set(cells) == {255}


def test_brightness_and_contrast_do_not_count() -> None:
    picture = drawing.photo()
    darker = picture.point(lambda value: value * 0.5 + 20)
    one, other = Looks.of(describe(picture)), Looks.of(describe(darker))
    assert one.likeness(other)[0] > 0.98
    assert one.sameness(other)[0] > 0.98


def test_a_mirrored_picture_is_another() -> None:
    picture = drawing.photo(seed=3)
    turned = picture.transpose(0)
    one, other = Looks.of(describe(picture)), Looks.of(describe(turned))
    assert one.likeness(other)[0] < 0.8
