"""Blend modes against values worked out by hand from the published formulae."""

import numpy as np
import pytest

from imaging.pictures.blending import (
    MODES,
    blended,
    soft_light_towards,
)


@pytest.mark.parametrize(
    ("mode", "base", "layer", "wanted"),
    [
        ("normal", 0.2, 0.7, 0.7),
        ("multiply", 0.5, 0.5, 0.25),
        ("screen", 0.5, 0.5, 0.75),
        ("darken", 0.2, 0.7, 0.2),
        ("lighten", 0.2, 0.7, 0.7),
        ("hardLight", 0.25, 0.5, 0.25),
        ("hardLight", 0.5, 0.75, 0.75),
        ("overlay", 0.25, 0.5, 0.25),
        ("overlay", 0.75, 0.5, 0.75),
        ("softLight", 0.5, 0.25, 0.375),
        ("softLight", 0.64, 1.0, 0.8),
        ("softLight", 0.25, 0.75, 0.375),
        ("softLight", 0.1, 1.0, 0.296),
        ("linearLight", 0.5, 0.6, 0.7),
        ("linearLight", 0.9, 0.9, 1.0),
    ],
)
def test_each_mode_follows_its_formula(
    mode: str, base: float, layer: float, wanted: float
) -> None:
    assert MODES[mode](np.array(base), np.array(layer)) == pytest.approx(wanted)


@pytest.mark.parametrize("mode", MODES)
def test_a_transparent_layer_changes_no_byte(mode: str) -> None:
    random = np.random.default_rng(1)
    base = random.integers(0, 256, (16, 256, 3), np.uint8)
    layer = random.integers(0, 256, (16, 256, 4), np.uint8)
    layer[..., 3] = 0
    assert np.array_equal(blended(base, layer, mode), base)


def test_half_an_opacity_is_half_of_the_way() -> None:
    base, layer = np.full((1, 1, 3), 100, np.uint8), np.array([[[200, 200, 200, 51]]])
    assert blended(base, layer.astype(np.uint8), "normal").tolist() == [[[120] * 3]]


def test_soft_light_of_the_middle_grey_changes_no_byte() -> None:
    base = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 256, 3)
    layer = np.full((1, 256, 4), (128, 128, 128, 255), np.uint8)
    assert np.array_equal(blended(base, layer, "softLight"), base)


def test_the_colour_that_leads_to_a_wanted_one_is_found() -> None:
    base, change = np.meshgrid(np.linspace(0.1, 0.85, 16), np.linspace(-0.04, 0.04, 9))
    light = soft_light_towards(base, base + change)
    assert np.allclose(MODES["softLight"](base, light), base + change, atol=1e-6)
