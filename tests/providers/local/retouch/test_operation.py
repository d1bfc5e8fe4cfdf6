"""The operation: what it puts out, what it refuses, how long it says it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from imaging.failures import Cancelled
from imaging.models import Order, Team
from imaging.pictures.blending import blended
from imaging.providers.base import Facts, Job, Output, ResultKind
from imaging.providers.local.client import Client
from imaging.providers.local.retouch.operation import Retouch

from .portraits import landscape, portrait

LARGE = Facts("large.jpg", "jpeg", 10**7, 8000, 7500)


def options(**chosen: Any) -> dict[str, Any]:
    return Order.of(Team(), "local", "retouch", chosen).options


def job(path: Path, folder: Path, chosen: dict[str, Any]) -> Job:
    with Image.open(path) as picture:
        width, height = picture.size
        alpha = "A" in picture.getbands()
        form = (picture.format or "").lower()
    facts = Facts(path.name, form, path.stat().st_size, width, height, alpha)
    folder.mkdir(exist_ok=True)

    @contextmanager
    def source() -> Iterator[Path]:
        yield path

    return Job("1", 1, "retouch", chosen, facts, folder, source, lambda fraction: None)


def run(path: Path, folder: Path, **chosen: Any) -> list[Output]:
    made = Client().submit(job(path, folder, options(**chosen)), None)  # type: ignore[arg-type]
    assert made
    return made


def pixels(path: Path | None) -> np.ndarray:
    assert path
    with Image.open(path) as picture:
        return np.asarray(picture)


@pytest.fixture
def face(tmp_path: Path) -> Path:
    Image.fromarray(portrait()).save(tmp_path / "face.png")
    return tmp_path / "face.png"


def test_one_picture_comes_out_with_what_was_found(face: Path, tmp_path: Path) -> None:
    (flat,) = run(face, tmp_path / "work", face_detection=True, clean_backdrop=True)
    assert (flat.kind, flat.name) == (ResultKind.IMAGE, "face.png")
    assert pixels(flat.path).shape == portrait().shape
    assert (pixels(flat.path) != portrait()).any()
    assert len(flat.data["plugins"]["Face Detection"]["faces"]) == 1
    left = {note["plugin"]: note["note"] for note in flat.data["notes"]}
    assert left == {
        "Clean Backdrop": "Left as it was: no even backdrop was found.",
        "Heal": "Left as it was: there was nothing to do.",
    }
    assert flat.said == (
        "1 face found. Changed by: Dodge & burn. "
        "Clean backdrop: no even backdrop was found. Heal: there was nothing to do."
    )


def test_layers_come_out_beside_the_picture_and_make_it(
    face: Path, tmp_path: Path
) -> None:
    flat, *layers = run(
        face, tmp_path / "work", result="layers", mattifier=True, skin_mask=True
    )
    assert [layer.name for layer in layers] == [
        "face 1 Skin Mask.png",
        "face 2 Heal.png",
        "face 3 Mattifier.png",
        "face 4 Dodge Burn.png",
    ]
    assert {layer.kind for layer in layers} == {ResultKind.LAYER}
    made = portrait()
    for index, layer in enumerate(layers):
        assert layer.data["index"] == index
        above = pixels(layer.path)
        assert above.shape == (*made.shape[:2], 4)
        if layer.data["blend_mode"] != "none":
            made = blended(made, above, layer.data["blend_mode"])
    off = made.astype(int) - pixels(flat.path)
    assert np.abs(off).max() <= 2


def test_what_nothing_was_done_to_is_the_original_file(tmp_path: Path) -> None:
    path = tmp_path / "cup.jpg"
    Image.fromarray(landscape()).save(path, quality=80)
    (flat,) = run(path, tmp_path / "work")
    assert np.array_equal(pixels(flat.path), pixels(path))
    assert [note["plugin"] for note in flat.data["notes"]] == ["Heal", "Dodge Burn"]
    assert flat.said == "Nothing was changed. Heal, Dodge & burn: no face was found."
    (other,) = run(path, tmp_path / "other", format="webp")
    assert other.name == "cup.webp"


def test_profile_and_opacity_are_kept_in_picture_and_layers(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    opacity = np.tile(np.arange(840) % 256, (810, 1)).astype(np.uint8)
    path = tmp_path / "face.png"
    Image.fromarray(np.dstack([portrait(), opacity])).save(path, icc_profile=profile)
    outputs = run(path, tmp_path / "work", result="layers", heal_strength=1)
    for output in outputs:
        assert output.path
        with Image.open(output.path) as picture:
            assert picture.info["icc_profile"] == profile
    assert np.array_equal(pixels(outputs[0].path)[..., 3], opacity)


def test_it_can_be_cancelled(face: Path, tmp_path: Path) -> None:
    def stop(fraction: float) -> None:
        if fraction > 0.3:
            raise Cancelled

    given = job(face, tmp_path / "work", options())
    object.__setattr__(given, "progress", stop)
    with pytest.raises(Cancelled):
        Retouch().run(given)


def test_too_many_layers_of_a_large_picture_are_refused() -> None:
    every = dict.fromkeys(("dust", "fabric", "skin_tone", "crop", "mattifier"), True)
    every |= {"eye_vessels": True, "white_teeth": True}
    assert not Retouch().check(LARGE, options(**every)).blocked
    verdict = Retouch().check(LARGE, options(**every, result="layers"))
    assert verdict.blocked
    assert (verdict.limit, verdict.measured) == ("500 megapixels", "540 megapixels")
    assert "Choose fewer plugins" in verdict.reason
    assert not Retouch().check(LARGE, options(result="layers")).blocked


def test_the_estimate_grows_with_pixels_and_plugins() -> None:
    small = Facts("small.jpg", "jpeg", 10**5, 1000, 800)
    few, more = options(), options(dust=True, fabric=True)
    estimate = Retouch().estimate
    assert estimate(small, few).seconds < estimate(small, more).seconds
    assert estimate(small, more).seconds < estimate(LARGE, more).seconds
    assert 5 < estimate(LARGE, few).seconds < 60
