"""What is taken for skin in the portrait."""

from imaging.providers.local.retouch import skin

from .portraits import at, disc, face, portrait, scene


def part_of_skin(across: float, down: float, radius: float = 0.1) -> float:
    return float(scene().skin[disc(at(across, down), radius * face().apart)].mean())


def test_cheeks_forehead_and_chin_are_skin() -> None:
    for place in ((-0.6, 0.6), (0.6, 0.6), (0, -0.45), (0, 1.65)):
        assert part_of_skin(*place) > 0.9, place


def test_eyes_lips_hair_and_the_background_are_not() -> None:
    for place in ((-0.5, 0), (0.5, 0), (0, 1.1), (0, -1.6), (-2, 0)):
        assert part_of_skin(*place) < 0.1, place


def test_more_sensitivity_takes_more_for_skin() -> None:
    one = scene().small_faces[0]
    low, high = (skin.mask_of(portrait(), one, much).sum() for much in (0.2, 2))
    assert low < scene().skin.sum() < high
