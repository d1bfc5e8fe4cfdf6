"""`upscale` from file to file: sizes, engines, progress, an end, what is refused."""

import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pytest_django import Settings

from imaging.failures import Cancelled, ProviderError
from imaging.pictures import resizing
from imaging.providers.base import Facts, Job
from imaging.providers.local import recipes, upscale
from imaging.providers.local.protection import small_faces
from imaging.providers.local.upscaling import Upscale

from .drawing import largest_difference, photograph
from .networks import needs_networks, repeating
from .test_protection import astronaut

Run = Callable[..., np.ndarray]


@pytest.fixture
def said() -> list[str]:
    """Return what the results tell about themselves, in turn."""
    return []


@pytest.fixture
def run(tmp_path: Path, said: list[str]) -> Run:
    """Return what upscales pixels by way of files, with these options."""

    def enlarge(
        picture: np.ndarray,
        progress: Callable[[float], None] = lambda fraction: None,
        **options: Any,
    ) -> np.ndarray:
        path = tmp_path / "given.png"
        Image.fromarray(picture).save(path)
        height, width = picture.shape[:2]
        facts = Facts("given.png", "png", path.stat().st_size, width, height)
        form = Upscale.form({**Upscale().defaults(), **options})
        assert form.is_valid(), form.errors
        assert not Upscale().check(facts, form.cleaned_data).blocked
        with tempfile.TemporaryDirectory(dir=tmp_path) as scratch:
            job = Job(
                id="1",
                attempt=1,
                operation="upscale",
                options=form.cleaned_data,
                facts=facts,
                scratch=Path(scratch),
                source=lambda: nullcontext(path),
                progress=progress,
            )
            (output,) = Upscale().run(job)
            assert output.path
            said.append(output.said)
            return np.array(Image.open(output.path))

    return enlarge


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"scale": 3}, (240, 210)),
        ({"width": 100}, (100, 88)),
        ({"width": 301, "height": 99, "stretch": True}, (301, 99)),
    ],
)
@pytest.mark.parametrize("engine", ["", "classical"])
def test_the_result_has_exactly_the_size_that_was_asked_for(
    run: Run, engine: str, options: dict[str, Any], size: tuple[int, int]
) -> None:
    made = run(photograph(80, 70), engine=engine, **options)
    assert made.shape == (size[1], size[0], 3)


@pytest.mark.parametrize("size", [(64, 70), (500, 65), (70, 400), (900, 600)])
@pytest.mark.parametrize("how", [{"any_size": True}, {"engine": "plain"}])
def test_any_size_is_made_where_that_is_wanted(
    run: Run, size: tuple[int, int], how: dict[str, Any]
) -> None:
    wanted = {"width": size[0], "height": size[1], "stretch": True}
    made = run(photograph(80, 70), detail=0, **wanted, **how)
    assert made.shape == (size[1], size[0], 3)
    facts = Facts("a.png", "png", 1_000, 80, 70)
    assert Upscale().check(facts, {**Upscale().defaults(), **wanted}).blocked


def test_without_an_engine_it_is_only_resampled(run: Run, said: list[str]) -> None:
    picture, wanted = photograph(80, 70), {"width": 240, "any_size": True}
    made = run(picture, engine="plain", **wanted)
    assert np.array_equal(made, resizing.resized(picture, size=(240, 210)))
    run(picture, width=75, any_size=True)
    assert said == ["Only resampled."] * 2


@pytest.mark.parametrize("patience", ["fast", "best"])
def test_detail_0_is_the_classical_engine_to_the_byte(run: Run, patience: str) -> None:
    picture = photograph(80, 70)
    made = run(picture, detail=0, patience=patience)
    assert np.array_equal(made, upscale.upscale(picture, (160, 140)))


@needs_networks
def test_detail_is_how_far_the_network_goes(run: Run) -> None:
    picture, changed = photograph(80, 70), []
    classical = upscale.upscale(picture, (160, 140)).astype(float)
    for detail in (20, 60, 100):
        made = run(picture, detail=detail)
        changed.append(np.abs(made - classical).mean())
    assert changed[0] * 2 < changed[1] < changed[2]


@needs_networks
def test_a_small_face_is_changed_less_than_what_is_around_it(run: Run) -> None:
    picture = astronaut(128)
    (face,) = small_faces(picture)
    made = run(picture, category="person", detail=100)
    classical = upscale.upscale(picture, (256, 256))
    changed = np.abs(made.astype(float) - classical).mean(axis=2)
    # The middle of the face, and the flag and the model beside it, which have no more.
    x, y, half = round(2 * face.x), round(2 * face.y), round(face.width / 2)
    over_the_face = changed[y - half : y + half, x - half : x + half]
    assert over_the_face.mean() < changed.mean() / 2


def test_grain_and_noise_are_options(run: Run) -> None:
    even = np.full((64, 64, 3), 120, np.uint8)
    made = run(even, grain=50, denoise=30)
    assert 8 < made.astype(float).std() < 16


def test_transparency_is_kept(run: Run) -> None:
    picture = photograph(80, 70, 4)
    picture[:35, :, 3] = 0
    made = run(picture)
    assert made.shape == (140, 160, 4)
    assert (made[:60, :, 3] == 0).all()


def test_progress_rises_through_all_steps(run: Run) -> None:
    seen: list[float] = []
    run(photograph(80, 70), seen.append, grain=10, denoise=10)
    assert seen == sorted(seen)
    assert len(seen) >= 5
    assert seen[-1] == pytest.approx(0.9)


@needs_networks
def test_who_cancels_is_heard_between_tiles(run: Run) -> None:
    heard: list[float] = []

    def cancel(fraction: float) -> None:
        heard.append(fraction)
        if fraction > 0.23:
            raise Cancelled

    with pytest.raises(Cancelled):
        run(photograph(600, 64), cancel, category="animation")
    assert heard[-2] <= 0.23 < heard[-1] < 0.8


def test_an_own_network_is_used(run: Run, settings: Settings, tmp_path: Path) -> None:
    settings.MODELS = tmp_path / "models"
    repeating(settings.MODELS, name="ours")
    picture = photograph(80, 70)
    made = run(picture, engine="own:ours", category="retro", detail=100)
    repeated = picture.repeat(2, axis=0).repeat(2, axis=1)
    assert largest_difference(made, repeated) <= 1


def test_a_broken_own_network_is_told_of(
    run: Run, settings: Settings, tmp_path: Path
) -> None:
    settings.MODELS = tmp_path / "models"
    repeating(settings.MODELS, name="ours").param.write_text("nonsense")
    with pytest.raises(ProviderError, match="ncnn cannot run ours") as caught:
        run(photograph(80, 70), engine="own:ours")
    assert caught.value.permanent


@needs_networks
def test_what_would_take_longer_than_an_engine_may_is_refused() -> None:
    large = Facts("a.jpg", "jpeg", 1_000, 3000, 2000)
    options = {**Upscale().defaults(), "patience": "best"}
    verdict = Upscale().check(large, options)
    assert verdict.blocked
    assert "6.0" in verdict.reason
    assert verdict.measured == "6.0 megapixels"
    assert not Upscale().check(large, {**options, "detail": 0}).blocked
    assert not Upscale().check(large, {**options, "patience": "fast"}).blocked


@needs_networks
def test_a_large_picture_gets_a_network_only_when_somebody_asks_for_one() -> None:
    operation, classical = Upscale(), {"engine": "classical"}
    small, large = (
        Facts("a.jpg", "jpeg", 1_000, width, 2000) for width in (1500, 4000)
    )
    by_itself = operation.defaults()
    verdict = operation.check(large, by_itself)
    assert verdict.state == "adapted"
    assert verdict.reason == (
        "By the classical engine, as a network would take about 4 minutes."
    )
    as_classical = operation.estimate(large, by_itself | classical)
    assert operation.estimate(large, by_itself) == as_classical
    for facts, asked in (
        (small, {}),
        (large, {"engine": "network"}),
        (small, {"patience": "best"}),
        (large, classical),
        (large, {"detail": 0}),
    ):
        assert operation.check(facts, by_itself | asked).state == "ok"
    asked = operation.estimate(large, by_itself | {"engine": "network"}).seconds
    assert asked > as_classical.seconds + 120
    assert operation.estimate(small, by_itself).seconds > 60


@needs_networks
def test_the_work_is_done_as_the_verdict_said(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = photograph(80, 70)
    classical = upscale.upscale(picture, (160, 140))
    assert not np.array_equal(run(picture), classical)
    # As if this picture were too large.
    monkeypatch.setattr(recipes, "UNASKED", 0.001)
    assert np.array_equal(run(picture), classical)
    assert not np.array_equal(run(picture, engine="network"), classical)


@needs_networks
def test_the_result_names_its_engine(run: Run, said: list[str]) -> None:
    run(photograph(64, 64))
    run(photograph(64, 64), engine="classical")
    assert said == [
        "Enlarged with the network realesr-animevideov3-x4.",
        "Enlarged by the classical engine.",
    ]


@needs_networks
def test_the_estimate_knows_that_patience_costs_time() -> None:
    facts = Facts("a.jpg", "jpeg", 1_000, 1000, 1000)
    options = Upscale().defaults()
    seconds = [
        Upscale().estimate(facts, options | chosen).seconds
        for chosen in (
            {"engine": "classical"},
            {"patience": "fast"},
            {"patience": "best"},
        )
    ]
    assert seconds[0] * 5 < seconds[1]
    assert seconds[1] * 5 < seconds[2]
