"""What keeps a face from being measured is said by its code, and no score is made."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import pytest
from skimage import data

from imaging.providers.local.skin.face import lay_down
from imaging.providers.local.skin.portrait import Portrait
from imaging.providers.local.skin.quality import Issue, examine, look

from .portraits import face_of, large, mirrored, small, turned


def issues(picture: np.ndarray) -> list[Issue]:
    face, found = look(picture)
    if found or face is None:
        return found
    return list(examine(Portrait(lay_down(picture, face), face.mm), face))


def first_blocking(picture: np.ndarray) -> Issue | None:
    return next((one for one in issues(picture) if one.blocking), None)


def brightness(factor: float) -> np.ndarray:
    return (small() * factor).clip(0, 255).astype(np.uint8)


def blurred(sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(small(), (0, 0), sigma)


def covered() -> np.ndarray:
    """Cover one eye of the face, as hair or a hand does."""
    picture = large().copy()
    x, y = (round(v) for v in face_of(picture).eyes[0])  # type: ignore[index]
    picture[y - 60 : y + 50, x - 90 : x + 70] = (190, 150, 130)
    return picture


PICTURES: dict[str, list[Callable[[], np.ndarray]]] = {
    "no_face": [data.coffee, data.chelsea, data.rocket],
    "several_faces": [lambda: np.hstack([small(), mirrored(small())])],
    "too_dark": [lambda: brightness(0.02), lambda: brightness(0.2)],
    "too_bright": [partial(brightness, times) for times in (1.6, 2.0, 3.0, 50.0)],
    "blurred": [partial(blurred, sigma) for sigma in (2.0, 4.0, 8.0)],
    "face_too_small": [lambda: cv2.resize(small(), (256, 256), interpolation=3)],
    # There is no side view among the bundled pictures: these are drawn, and mirrored.
    "turned_away": [
        lambda: turned(large(), 30),
        lambda: turned(large(), -30),
        lambda: mirrored(turned(large(), 30)),
    ],
    "eyes_not_seen": [covered],
}


@pytest.mark.parametrize("code", PICTURES)
def test_what_stands_in_the_way_is_named(code: str) -> None:
    for draw in PICTURES[code]:
        found = first_blocking(draw())
        assert found
        assert found.code == code, found
        assert found.message.endswith(".")
        if found.measured is not None:
            assert found.limit is not None


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.0, 1.1])
def test_a_good_face_has_nothing_in_its_way(factor: float) -> None:
    picture = (large() * factor).clip(0, 255).astype(np.uint8)
    assert first_blocking(picture) is None


def test_few_pixels_are_a_warning_and_measuring_goes_on() -> None:
    assert [one.code for one in issues(small())] == ["low_resolution"]
    assert not issues(large())
