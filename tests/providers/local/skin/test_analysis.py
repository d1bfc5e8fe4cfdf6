"""The operation: what its report says, what its masks are, what it refuses."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage import data

from imaging import providers
from imaging.failures import Cancelled
from imaging.providers.base import Facts, Job, Output, ResultKind
from imaging.providers.local.skin.analysis import MEASURES

from .portraits import large, small

OPERATION = providers.operation("local", "skin-analysis")


def carry_out(
    picture: np.ndarray,
    folder: Path,
    progress: Callable[[float], None] = lambda fraction: None,
    **options: Any,
) -> list[Output]:
    """Have the provider do the operation on a picture."""
    file = folder / "given.png"
    Image.fromarray(picture).save(file)
    scratch = folder / "scratch"
    scratch.mkdir()

    @contextmanager
    def source() -> Iterator[Path]:
        yield file

    height, width = picture.shape[:2]
    job = Job(
        id="1",
        attempt=1,
        operation=OPERATION.key,
        options={**OPERATION.defaults(), **options},
        facts=Facts("face.png", "png", 1, width, height),
        scratch=scratch,
        source=source,
        progress=progress,
    )
    outputs = providers.get("local").submit(job, None)  # type: ignore[arg-type]
    assert outputs
    return outputs


def test_a_report_has_every_measure_with_its_definition(tmp_path: Path) -> None:
    outputs = carry_out(large(), tmp_path, masks=False)
    assert [one.kind for one in outputs] == [ResultKind.REPORT]
    report = json.loads(json.dumps(outputs[0].data))
    assert report["quality"] == {"is_ok": True, "issues": []}
    assert report["picture"] == {"name": "face.png", "width": 960, "height": 960}
    assert [one["algorithm_family_tech_name"] for one in report["algorithms"]] == [
        measure.key for measure in MEASURES
    ]
    for one in report["algorithms"]:
        assert one["is_ok"]
        assert all(one[name] for name in ("definition", "source", "version", "unit"))
        assert 0 <= one["result"]["main_metric"]["value"] <= 100
        raw = one["result"]["sub_metrics"][0]["value"]
        assert raw != round(raw, 3), "Values are not rounded."
        assert one["result"]["area_results"]


def test_a_measure_that_cannot_be_taken_says_why_inside_a_good_report(
    tmp_path: Path,
) -> None:
    report = carry_out(small(), tmp_path, masks=False)[0].data
    failed = [one for one in report["algorithms"] if not one["is_ok"]]
    assert report["quality"]["is_ok"]
    assert [one["algorithm_family_tech_name"] for one in failed] == ["pores"]
    assert failed[0]["result"]["code"] == "resolution_too_low"
    assert "1.4 mm" in failed[0]["result"]["error"]


def test_a_black_and_white_face_has_structures_and_no_colours(tmp_path: Path) -> None:
    grey = np.repeat(large().mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    report = carry_out(grey, tmp_path, masks=False)[0].data
    codes = {
        one["algorithm_family_tech_name"]: one["result"].get("code")
        for one in report["algorithms"]
    }
    for key in ("redness", "shine", "tone"):
        assert codes.pop(key) == "no_colour"
    assert set(codes.values()) == {None}


def test_without_a_face_no_score_is_made_up(tmp_path: Path) -> None:
    outputs = carry_out(data.coffee(), tmp_path)
    assert len(outputs) == 1
    report = outputs[0].data
    assert not report["quality"]["is_ok"]
    assert [one["code"] for one in report["quality"]["issues"]] == ["no_face"]
    assert report["face"] is None
    for one in report["algorithms"]:
        assert not one["is_ok"]
        assert set(one["result"]) == {"error", "code"}


@pytest.mark.parametrize(("side", "factor"), [(960, 1.0), (1920, 1280 / 1920)])
def test_masks_lie_over_the_picture(tmp_path: Path, side: int, factor: float) -> None:
    picture = np.asarray(Image.fromarray(large()).resize((side, side)))
    report, *masks = carry_out(picture, tmp_path)
    assert [one.kind for one in masks] == [ResultKind.LAYER] * len(MEASURES)
    assert [one.data for one in masks] == report.data["masks"]
    for one in masks:
        assert one.path
        with Image.open(one.path) as mask:
            assert mask.mode == "RGBA"
            assert mask.size == (one.data["width"], one.data["height"])
            assert mask.width == pytest.approx(side * factor)
            assert one.data["factor"] == pytest.approx(factor)
            left, top, width, height = report.data["face"]["box"]
            # Outside the face, nothing is covered.
            alpha = np.array(mask.getchannel("A"))
            rows, columns = (
                slice(round(start * factor), round((start + length) * factor))
                for start, length in ((top, 1.25 * height), (left, width))
            )
            alpha[rows, columns] = 0
            assert not alpha.any()


def test_progress_rises_and_stopping_is_heard_between_steps(tmp_path: Path) -> None:
    seen: list[float] = []

    def stop(fraction: float) -> None:
        seen.append(fraction)
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        carry_out(large(), tmp_path, stop)
    assert seen == sorted(seen)
    assert len(seen) > 4
    assert max(seen) < 0.6


def test_a_picture_of_less_than_256_pixels_is_refused_with_both_numbers() -> None:
    verdict = OPERATION.check(Facts("a", "jpeg", 1, 255, 900), {})
    assert verdict.blocked
    assert (verdict.limit, verdict.measured) == ("256 × 256", "255 × 900")
    assert not OPERATION.check(Facts("a", "jpeg", 1, 256, 256), {}).blocked
