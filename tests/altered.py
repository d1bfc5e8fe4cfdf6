"""Pictures cut from the photographs of scikit-image and scikit-learn, and altered."""

import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance
from PIL.Image import Resampling, Transpose

FROM_SKIMAGE = ("astronaut", "chelsea", "coffee", "rocket", "motorcycle_left")
FROM_SKIMAGE += ("camera", "coins", "hubble_deep_field", "ihc", "moon")
FROM_SKLEARN = ("china", "flower")
SHAPES = (2 / 3, 3 / 4, 1, 4 / 3, 3 / 2)
SIDES = (64, 112)
# Two that share more of the smaller one's pixels would be croppings of each other.
SHARED = 0.6
# Grey levels by which the pixels of a picture that shows something differ.
SPREAD = 8
Box = tuple[int, int, int, int]


def photographs() -> Iterator[Image.Image]:
    import skimage
    import sklearn.datasets

    here = Path(skimage.__file__).parent / "data"
    there = Path(sklearn.datasets.__file__).parent / "images"
    files = [next(here.glob(f"{name}.*")) for name in FROM_SKIMAGE]
    files += [next(there.glob(f"{name}.*")) for name in FROM_SKLEARN]
    for file in files:
        yield Image.open(file).convert("RGB")


def pictures(count: int, seed: int = 1) -> list[Image.Image]:
    """Cut so many different pictures, each of which shows something."""
    dice = random.Random(seed)  # noqa: S311
    photos = [(photo, list[Box]()) for photo in photographs()]
    sizes = [photo.width * photo.height for photo, _taken in photos]
    made: list[Image.Image] = []
    while len(made) < count:
        photo, taken = dice.choices(photos, sizes)[0]
        box = a_box(photo, dice)
        if any(shared(box, other) > SHARED for other in taken):
            continue
        picture = photo.crop(box)
        if np.asarray(picture.convert("L")).std() >= SPREAD:
            taken.append(box)
            made.append(picture)
    return made


def strangers(count: int, seed: int = 2) -> Iterator[Image.Image]:
    """Cut pictures that none of `pictures` is a part of: of mirrored photographs."""
    dice = random.Random(seed)  # noqa: S311
    turns = (Transpose.FLIP_LEFT_RIGHT, Transpose.ROTATE_180)
    photos = [photo.transpose(turn) for photo in photographs() for turn in turns]
    for _ in range(count):
        photo = dice.choice(photos)
        yield photo.crop(a_box(photo, dice))


def a_box(photo: Image.Image, dice: random.Random) -> Box:
    width = dice.randint(*SIDES)
    height = min(max(round(width / dice.choice(SHAPES)), SIDES[0]), photo.height)
    left = dice.randint(0, photo.width - width)
    top = dice.randint(0, photo.height - height)
    return left, top, left + width, top + height


def shared(one: Box, other: Box) -> float:
    """Return what part of the smaller box both have in common."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return max(width, 0) * max(height, 0) / min(areas)


def cropped(picture: Image.Image, dice: random.Random) -> Image.Image:
    """Leave three quarters of each side or more, from anywhere."""
    width, height = (round(side * dice.uniform(0.75, 0.95)) for side in picture.size)
    left = dice.randint(0, picture.width - width)
    top = dice.randint(0, picture.height - height)
    return picture.crop((left, top, left + width, top + height))


def squared(picture: Image.Image, _dice: random.Random) -> Image.Image:
    """Leave the middle, as wide as high."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def recompressed(picture: Image.Image, dice: random.Random) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=dice.randint(15, 50))
    return Image.open(file).convert("RGB")


def resized(picture: Image.Image, dice: random.Random) -> Image.Image:
    factor = dice.choice((0.5, 0.7, 1.5, 2.0))
    width, height = (round(side * factor) for side in picture.size)
    return picture.resize((width, height), Resampling.BICUBIC)


def recoloured(picture: Image.Image, dice: random.Random) -> Image.Image:
    """Shift gamma, balance, contrast, brightness and saturation."""
    values = (np.asarray(picture) / 255) ** dice.uniform(0.75, 1.35)
    values = values * [dice.uniform(0.85, 1.15) for _ in range(3)]
    values = (values - 0.5) * dice.uniform(0.8, 1.25) + 0.5 + dice.uniform(-0.08, 0.08)
    shifted = Image.fromarray((values.clip(0, 1) * 255).astype(np.uint8))
    return ImageEnhance.Color(shifted).enhance(dice.uniform(0.5, 1.5))


def greyed(picture: Image.Image, _dice: random.Random) -> Image.Image:
    return picture.convert("L").convert("RGB")


def all_at_once(picture: Image.Image, dice: random.Random) -> Image.Image:
    """Crop, recolour, resize and recompress."""
    for alter in (cropped, recoloured, resized, recompressed):
        picture = alter(picture, dice)
    return picture


ALTERATIONS: dict[str, Callable[[Image.Image, random.Random], Image.Image]] = {
    "cropped": cropped,
    "cut square": squared,
    "recompressed": recompressed,
    "resized": resized,
    "recoloured": recoloured,
    "in black and white": greyed,
    "all at once": all_at_once,
}
