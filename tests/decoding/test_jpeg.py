"""The passes of a JPEG are counted without decoding it."""

import os

import pytest

from imaging.decoding.jpeg import count_scans
from tests import drawing


@pytest.mark.parametrize(
    ("data", "scans"),
    [
        (drawing.jpeg(), 1),
        (drawing.jpeg(progressive=True), 10),
        (drawing.traced(), 1),
        (drawing.many_scans(64, 64, scans=50), 56),
    ],
)
def test_passes_are_counted(data: bytes, scans: int) -> None:
    assert count_scans(data, 100) == scans


def test_counting_ends_beyond_the_limit() -> None:
    assert count_scans(drawing.many_scans(64, 64), 100) == 101


def test_what_follows_the_picture_is_not_counted() -> None:
    video = os.urandom(1000) + b"\xff\xda\x00\x02" * 500
    assert count_scans(drawing.jpeg(progressive=True) + video, 100) == 10
