"""Specks go from smooth surfaces; textures, edges and eyes stay."""

from pathlib import Path

import numpy as np

from imaging.providers.local.retouch.dust import Dust
from tests.providers.local.drawing import photograph

from .portraits import apply, changed, disc, face, portrait
from .studio import backdrop, dusty


def test_dust_is_gone(tmp_path: Path) -> None:
    clean = backdrop()
    dirty, where = dusty(clean)
    after = apply(dirty, Dust({}), tmp_path).pixels

    def off(picture: np.ndarray) -> float:
        return float(np.abs(picture[where].astype(float) - clean[where]).sum())

    assert off(after) < 0.2 * off(dirty)


def test_what_is_not_near_a_speck_stays_to_the_byte(tmp_path: Path) -> None:
    dirty, where = dusty(backdrop())
    after = apply(dirty, Dust({}), tmp_path).pixels
    far = ~where
    for y, x in np.argwhere(where):
        far[max(0, y - 4) : y + 5, max(0, x - 4) : x + 5] = False
    assert far.mean() > 0.5
    assert not changed(dirty, after)[far].any()


def test_a_clean_wall_and_a_rough_picture_stay_nearly_as_they_are(
    tmp_path: Path,
) -> None:
    for picture in (backdrop(), photograph(320, 240)):
        assert (
            changed(picture, apply(picture, Dust({}), tmp_path).pixels).mean() < 0.005
        )


def test_eyes_keep_their_light(tmp_path: Path) -> None:
    where = changed(
        portrait(), apply(portrait(), Dust({"strength": 2}), tmp_path).pixels
    )
    for eye in face().eyes:
        assert not where[
            disc((round(eye[0]), round(eye[1])), 0.12 * face().apart)
        ].any()


def test_half_a_strength_leaves_half_of_a_speck(tmp_path: Path) -> None:
    clean = backdrop()
    dirty, where = dusty(clean)
    left = [
        float(
            np.abs(
                apply(dirty, Dust({"strength": much}), tmp_path)
                .pixels[where]
                .astype(float)
                - clean[where]
            ).sum()
        )
        for much in (0, 0.5, 1)
    ]
    assert left[2] < 0.6 * left[1] < 0.6 * left[0]
