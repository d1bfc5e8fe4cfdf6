"""How enlarging goes through a picture: no seams, little memory, open progress."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from imaging.providers.local.upscale import upscale

from .drawing import largest_difference, photograph


class Enough(Exception):
    """What the watcher of a test says when it has seen enough."""


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(
    "size", [(203, 152), (211, 160), (333, 251), (402, 302), (603, 453), (804, 604)]
)
def test_tiles_leave_no_seam(size: tuple[int, int], channels: int) -> None:
    picture = photograph(201, 151, channels)
    whole = upscale(picture, size, tile=1000)
    for tile in (31, 64, 100):
        assert largest_difference(upscale(picture, size, tile=tile), whole) <= 1


def test_tiles_of_the_harshest_picture_leave_no_seam() -> None:
    noise = np.random.default_rng(5).integers(0, 2, (151, 201, 3), np.uint8) * 255
    for size in ((202, 152), (301, 226), (402, 302), (804, 604)):
        whole = upscale(noise, size, tile=1000)
        assert largest_difference(upscale(noise, size, tile=50), whole) <= 1


def test_a_transparent_corner_leaves_no_seam_where_opaque_tiles_begin() -> None:
    picture = photograph(160, 120, 4)
    picture[..., 3] = 255
    picture[:40, :40, 3] = np.arange(40)
    whole = upscale(picture, (320, 240), tile=1000)
    tiled = upscale(picture, (320, 240), tile=40)
    seen = whole[..., 3] > 2
    assert largest_difference(tiled[..., 3], whole[..., 3]) <= 1
    assert largest_difference(tiled[seen], whole[seen]) <= 1


def test_progress_rises_by_tiles_to_exactly_one() -> None:
    seen: list[float] = []
    upscale(photograph(90, 70), (180, 140), tile=50, progress=seen.append)
    assert len(seen) == 4 * 3
    assert seen == sorted(set(seen))
    assert seen[0] > 0
    assert seen[-1] == 1


def test_stopping_is_heard_after_one_tile() -> None:
    def stop(fraction: float) -> None:
        raise Enough

    out = np.zeros((140, 180, 3), np.uint8)
    with pytest.raises(Enough):
        upscale(photograph(90, 70) | 1, (180, 140), tile=50, out=out, progress=stop)
    assert out[:50, :50].any()
    assert not out[50:].any()
    assert not out[:, 50:].any()


def test_memory_maps_are_read_and_written_and_memory_follows_the_tile(
    tmp_path: Path,
) -> None:
    def peak(width: int, height: int) -> int:
        np.save(tmp_path / "given.npy", photograph(width, height))
        given = np.load(tmp_path / "given.npy", mmap_mode="r")
        made = np.lib.format.open_memmap(
            tmp_path / "made.npy", "w+", np.uint8, (2 * height, 2 * width, 3)
        )
        tracemalloc.start()
        try:
            assert upscale(given, (2 * width, 2 * height), out=made, tile=128) is made
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small, large = peak(300, 200), peak(1500, 1000)
    assert np.load(tmp_path / "made.npy").std() > 10
    assert large < 1.3 * small
    assert large < 2000 * 3000


@pytest.mark.parametrize(
    "out",
    [np.zeros((20, 20), np.uint8), np.zeros((20, 20, 3), np.float32)],
)
def test_room_of_another_form_is_refused(out: np.ndarray) -> None:
    with pytest.raises(ValueError, match="8-bit room of shape"):
        upscale(np.zeros((10, 10, 3), np.uint8), (20, 20), out=out)
