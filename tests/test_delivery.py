"""Which bytes answer for a picture, under which name, kept how long by a browser."""

import logging

import pytest
from django.db import OperationalError, connection

from imaging.delivery import downloads
from imaging.delivery.downloads import KEEP, nearest, original_of, visitor_of
from imaging.models import Blob, Download, Image, Team, User
from tests.stored import an_image


@pytest.mark.parametrize(
    ("name", "extension", "expected"),
    [
        ("a.jpg", ".jpg", "a.jpg"),
        ("a.JPG", ".jpg", "a.JPG"),
        ("a.jpeg", ".jpg", "a.jpeg"),
        ("IMG_1.HEIC", ".jpg", "IMG_1.HEIC.jpg"),
        ("a.heif", ".heic", "a.heif"),
        ("a.png", ".webp", "a.png.webp"),
        ("a", ".png", "a.png"),
        ("v1.5", ".png", "v1.5.png"),
        ("evil.html", ".bmp", "evil.html.bmp"),
    ],
)
def test_a_file_is_named_as_its_content_is(
    name: str, extension: str, expected: str
) -> None:
    blob = Blob(digest="d", extension=extension, size=1)
    assert original_of(Image(name=name, blob=blob), KEEP).name == expected


@pytest.mark.parametrize(
    ("made", "side", "expected"),
    [
        (["320", "640", "1600"], 640, "640"),
        (["320"], 1600, "320"),
        (["320", "640"], 1600, "640"),
        (["1600", "640"], 320, "640"),
        ([], 320, ""),
    ],
)
def test_the_next_larger_rendition_answers_else_the_largest(
    made: list[str], side: int, expected: str
) -> None:
    assert nearest(Blob(renditions=dict.fromkeys(made)), side) == expected


def test_a_visitor_is_a_person() -> None:
    alice = User(email="alice@example.org")
    assert visitor_of(alice) == f"user:{alice.pk}"


@pytest.mark.django_db(transaction=True)
def test_a_count_that_fails_is_told_once_and_breaks_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    image = Image()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE imaging_image RENAME TO away")
    try:
        downloads.count(image, "user:1")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO imaging_image")
    assert caplog.record_tuples == [
        (
            "imaging.delivery.downloads",
            logging.ERROR,
            f"Image {image.pk} was taken by user:1, uncounted.",
        )
    ]


@pytest.mark.django_db(transaction=True)
def test_a_count_that_met_another_change_is_made_again(
    studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, count = an_image(studio, b"12345"), Download.objects.count_once
    fails = [OperationalError("deadlock detected")] * 2

    def late(*given: object, **fields: object) -> None:
        count(*given, **fields)
        if fails:
            raise fails.pop()

    monkeypatch.setattr(Download.objects, "count_once", late)
    downloads.count(image, "user:1")
    assert (fails, image.downloads.count()) == ([], 1)
