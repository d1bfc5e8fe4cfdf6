"""Where faces are found, and where not."""

import numpy as np
import pytest
from skimage import data

from imaging.providers.local.retouch import faces

from .portraits import HEAD, SCALE, face, landscape, portrait, scene


def test_the_astronaut_has_one_face_and_two_eyes() -> None:
    (found,) = faces.find(scene().small)
    left, right = found.eyes
    # Her pupils in the original, found by looking.
    for eye, (x, y) in ((left, (201, 102)), (right, (247, 104))):
        near = np.array([eye[0] / SCALE + HEAD[1].start, eye[1] / SCALE])
        assert np.hypot(*(near - (x, y))) < 5
    assert found.confidence > 0.5


@pytest.mark.parametrize("name", ["coffee", "chelsea", "rocket", "camera", "brick"])
def test_nothing_else_is_taken_for_a_face(name: str) -> None:
    picture = getattr(data, name)()
    if picture.ndim == 2:
        picture = np.repeat(picture[..., None], 3, axis=2)
    assert faces.find(np.ascontiguousarray(picture)) == ()


def test_in_a_close_up_a_small_face_is_none() -> None:
    wide = np.pad(data.astronaut(), ((200, 200), (200, 200), (0, 0)))
    assert len(faces.find(wide, person=2)) == 1
    assert faces.find(wide, person=1) == ()


def test_a_face_that_leans_is_measured_leaning() -> None:
    assert abs(face().tilt) < 0.1
    x, y = face().at(0, 1)
    below_x, below_y = face().between_eyes
    assert y - below_y == pytest.approx(face().apart, rel=0.02)
    assert abs(x - below_x) < 0.1 * face().apart


def test_a_face_is_found_at_any_size_of_the_picture() -> None:
    assert len(faces.find(portrait()[::2, ::2])) == 1
    assert faces.find(landscape()) == ()


def test_what_is_told_of_a_face_is_what_was_measured() -> None:
    told = face().dump()
    assert set(told) == {"confidence", "box", "landmarks"}
    assert len(told["landmarks"]) == 2
