"""Pictures are straightened by their lines, and cut about the faces."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from imaging.providers.local.retouch.crop import Crop, inscribed, level

from .portraits import apply, face, landscape, portrait


def house(lean: float, channels: int = 3) -> np.ndarray:
    """Draw windows in rows with ledges, turned clockwise by `lean` degrees."""
    picture = np.full((420, 600, channels), 190, np.uint8)
    for y in range(60, 360, 70):
        for x in range(50, 520, 90):
            cv2.rectangle(picture, (x, y), (x + 66, y + 54), (50, 60, 70, 255), -1)
        cv2.line(picture, (30, y - 8), (570, y - 8), (110, 100, 90, 255), 3)
    turn = cv2.getRotationMatrix2D((300, 210), -lean, 1)
    return cv2.warpAffine(picture, turn, (600, 420), borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize("lean", [-4.0, -1.5, 1.0, 3.0])
def test_a_leaning_picture_is_straightened(lean: float, tmp_path: Path) -> None:
    assert level(house(lean)) == pytest.approx(lean, abs=0.35)
    result = apply(house(lean), Crop({}), tmp_path)
    assert abs(level(result.pixels)) < 0.4
    assert result.metadata["Crop"]["angle"] == pytest.approx(lean, abs=0.35)


def test_no_empty_corner_is_left(tmp_path: Path) -> None:
    white = np.full((300, 400, 3), 255, np.uint8)
    white[60:240:30] = 0
    turn = cv2.getRotationMatrix2D((200, 150), 3, 1)
    leaning = cv2.warpAffine(white, turn, (400, 300), borderMode=cv2.BORDER_REPLICATE)
    made = apply(leaning, Crop({}), tmp_path).pixels
    width, height = inscribed(400, 300, np.radians(level(leaning)))
    assert made.shape[:2] == (height, width)
    assert made[2:20, 2:20].min() > 200


def test_half_a_strength_turns_half_as_far(tmp_path: Path) -> None:
    result = apply(house(3), Crop({"strength": 0.5}), tmp_path)
    assert result.metadata["Crop"]["angle"] == pytest.approx(1.5, abs=0.2)


@pytest.mark.parametrize(
    ("ratio", "wanted"), [("1:1", 1), ("16:9", 16 / 9), ("4:5", 0.8)]
)
def test_a_format_is_cut_about_the_face(
    ratio: str, wanted: float, tmp_path: Path
) -> None:
    result = apply(portrait(), Crop({"strength": 0, "ratio": ratio}), tmp_path)
    height, width = result.pixels.shape[:2]
    assert width / height == pytest.approx(wanted, rel=0.01)
    left, top, *_ = result.metadata["Crop"]["box"]
    assert left <= face().box.left
    assert face().box.right <= left + width
    assert top <= face().box.top
    assert face().box.bottom <= top + height
    assert np.array_equal(
        result.pixels, portrait()[top : top + height, left : left + width]
    )


def test_opacity_is_turned_along(tmp_path: Path) -> None:
    picture = house(3, channels=4)
    picture[..., 3] = 255
    assert apply(picture, Crop({}), tmp_path).pixels.shape[2] == 4


def test_what_is_straight_or_has_no_lines_stays(tmp_path: Path) -> None:
    for picture in (house(0), landscape()[:200, :200]):
        result = apply(np.ascontiguousarray(picture), Crop({}), tmp_path)
        assert np.array_equal(result.pixels, picture)
        assert [name for name, _ in result.notes] == ["Crop"]


def test_tiles_of_a_turned_picture_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = apply(house(3), Crop({}), tmp_path).pixels
    monkeypatch.setattr("imaging.providers.local.retouch.crop.TILE", 64)
    tiled = apply(house(3), Crop({}), tmp_path).pixels.astype(int)
    # OpenCV places samples to 1/32 of a pixel, counted from each tile's own corner.
    assert np.abs(tiled - whole).mean() < 0.2
