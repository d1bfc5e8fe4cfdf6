"""What is planted on a face raises its own score, whatever the exposure."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import pytest

from imaging.providers.local.skin.analysis import MEASURES
from imaging.providers.local.skin.face import Face
from imaging.providers.local.skin.measure import Unmeasured

from .drawn import COMPLEXIONS, drawn
from .portraits import (
    dots,
    encoded,
    face_of,
    glints,
    large,
    light_times,
    linear,
    mirrored,
    multiplied,
    on_face,
    patch,
    portrait_of,
    roughness,
    small,
    strokes,
)

CHEEKS = ("left_cheek", "right_cheek")
UNDER_EYES = ("left_under_eye", "right_under_eye")
TONE = "tone"
Plant = Callable[[np.ndarray], np.ndarray]


def scores(picture: np.ndarray, at: Face | None = None) -> dict[str, float]:
    """Return the score of each measure that can be taken of the face `at` a place."""
    portrait, found = portrait_of(picture, at), {}
    for measure in MEASURES:
        try:
            found[measure.key] = measure.score(measure.read(portrait).raw)
        except Unmeasured as why:
            assert why.code == "resolution_too_low"
    return found


# Every face in colour that the bundled pictures have, and drawn ones.
FACES: dict[str, Callable[[], np.ndarray]] = {
    "photograph": large,
    **{name: partial(drawn, name) for name in COMPLEXIONS},
}


@cache
def clean(face: str = "photograph") -> dict[str, float]:
    return scores(FACES[face]())


def red(face: np.ndarray) -> np.ndarray:
    return multiplied(face, patch(*CHEEKS), (1.0, 0.8, 0.8))


def spotted(face: np.ndarray) -> np.ndarray:
    return multiplied(face, dots(70, 10, *CHEEKS, "forehead"), (0.75, 0.62, 0.5))


def rough(face: np.ndarray) -> np.ndarray:
    return light_times(face, 1 + 0.16 * on_face(face, roughness()))


def porous(face: np.ndarray) -> np.ndarray:
    return multiplied(face, dots(16, 1.6, *CHEEKS, "nose"), (0.7, 0.65, 0.65))


def lined(face: np.ndarray) -> np.ndarray:
    return multiplied(face, strokes(), (0.72, 0.68, 0.66))


def tired(face: np.ndarray) -> np.ndarray:
    return multiplied(face, patch(*UNDER_EYES), (0.6, 0.56, 0.6))


def shiny(face: np.ndarray) -> np.ndarray:
    return encoded(linear(face) + 0.4 * on_face(face, glints()))


# What is planted: its own score, by how much at least, and what is bound to go along:
# pores and rough patches are texture, and whatever has edges is a little.
PLANTED: dict[str, tuple[Plant, float, set[str]]] = {
    "redness": (red, 5, set()),
    "pigmentation": (spotted, 4, {"texture"}),
    "texture": (rough, 15, {"pigmentation"}),
    "pores": (porous, 5, {"texture"}),
    "lines": (lined, 12, {"texture"}),
    "under_eye_darkness": (tired, 10, set()),
    "shine": (shiny, 5, set()),
}


@pytest.mark.parametrize("key", PLANTED)
@pytest.mark.parametrize("face", FACES)
def test_what_is_planted_raises_its_own_score_and_no_other(face: str, key: str) -> None:
    plant, least, along = PLANTED[key]
    picture, before = FACES[face](), clean(face)
    # Where the face is, is not what is asked here.
    marked = scores(plant(picture), face_of(picture))
    change = {name: marked[name] - before[name] for name in before}
    assert change[key] > least, change
    for name in set(change) - along - {key, TONE}:
        assert change[name] < 0.5 * change[key], (name, change)


def test_a_darker_skin_has_a_lower_tone_and_no_more_lines() -> None:
    dark = scores(light_times(large(), np.array([0.35, 0.3, 0.28])))
    assert dark[TONE] < clean()[TONE] - 20
    assert dark["lines"] == pytest.approx(clean()["lines"], rel=0.15)


@pytest.mark.parametrize("factor", [0.9, 1.1])
@pytest.mark.parametrize("face", ["small", *FACES])
def test_a_tenth_more_or_less_light_keeps_each_score_within_a_tenth(
    face: str, factor: float
) -> None:
    picture = small() if face == "small" else FACES[face]()
    before, after = scores(picture), scores(light_times(picture, factor))
    assert after.keys() == before.keys()
    for key in before:
        # Of a score near nothing, a tenth is less than a grain of the picture; and the
        # tone, which is how light skin is shown, has its tenth on the whole scale.
        near = 4 if key == TONE else 0.5
        assert after[key] == pytest.approx(before[key], rel=0.1, abs=near), key


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_codes_multiplied_instead_of_light_keep_each_score_as_well(
    factor: float,
) -> None:
    picture = np.rint(large() * factor).clip(0, 255).astype(np.uint8)
    after = scores(picture)
    for key, value in clean().items():
        assert after[key] == pytest.approx(value, rel=0.1, abs=0.5), key


def test_a_mirrored_face_has_the_same_scores() -> None:
    turned = scores(mirrored(large()))
    for key, value in clean().items():
        assert turned[key] == pytest.approx(value, rel=0.1, abs=1), key
