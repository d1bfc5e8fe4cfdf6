"""Copies for guests: the same pixels, nothing of the camera's notes."""

from pathlib import Path

import numpy as np
import pytest

from imaging import pictures
from tests import drawing

TRACES = (b"Secret", b"SERIAL", b"GPS", b"xmpmeta", b"Darkroom-XMP")
STRIPPED = [kind for kind in drawing.everything() if kind != "heic"]


def pixels(path: Path) -> np.ndarray:
    to = path.with_suffix(".npy")
    pictures.decode(path, to)
    return np.load(to)


@pytest.mark.parametrize("kind", STRIPPED)
def test_a_copy_has_the_same_pixels(tmp_path: Path, kind: str) -> None:
    path, copy = tmp_path / "file", tmp_path / "copy"
    path.write_bytes(drawing.everything()[kind])
    assert pictures.copy_without_metadata(path, copy, orientation=1)
    before, after = pictures.inspect(path), pictures.inspect(copy)
    assert np.array_equal(pixels(path), pixels(copy))
    assert (after.icc, after.has_alpha) == (before.icc, before.has_alpha)
    assert after.frames == (1 if kind == "mpo" else before.frames)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_notes_are_gone(tmp_path: Path, form: str) -> None:
    path, copy = tmp_path / "file", tmp_path / "copy"
    path.write_bytes(drawing.traced(form) + b"SERIAL behind the end")
    assert all(trace in path.read_bytes() for trace in (b"Secret", b"xmpmeta"))
    assert pictures.copy_without_metadata(path, copy, orientation=1)
    assert not [trace for trace in TRACES if trace in copy.read_bytes()]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_copy_stays_upright(tmp_path: Path, orientation: int, form: str) -> None:
    path, copy = tmp_path / "file", tmp_path / "copy"
    path.write_bytes(drawing.oriented(orientation, form))
    assert pictures.copy_without_metadata(path, copy, orientation=orientation)
    assert pictures.inspect(copy).orientation == orientation
    assert b"Secret" not in copy.read_bytes()


def test_heic_cannot_be_copied_so(tmp_path: Path) -> None:
    path, copy = tmp_path / "file", tmp_path / "copy"
    path.write_bytes(drawing.heic())
    assert not pictures.copy_without_metadata(path, copy, orientation=1)
    assert not copy.exists()


def test_a_broken_file_leaves_no_copy(tmp_path: Path) -> None:
    for kind in ("jpeg", "png"):
        path, copy = tmp_path / "file", tmp_path / "copy"
        data = drawing.everything()[kind]
        path.write_bytes(data[: len(data) // 2])
        assert not pictures.copy_without_metadata(path, copy, orientation=1)
        assert not copy.exists()
