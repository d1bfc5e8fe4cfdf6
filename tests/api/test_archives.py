"""Many pictures in one ZIP by the API: whole or not at all, and counted."""

import io
import zipfile
from typing import Any

import pytest
from django.test import Client

from imaging.models import Download, Gallery, Team, User
from tests.api.calling import with_token
from tests.stored import an_image, body

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def program(bob: User) -> Client:
    return with_token(bob)


def unpacked(answer: Any) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(body(answer))) as found:
        assert found.testzip() is None
        return found.namelist()


def test_pictures_and_galleries_come_as_archives_and_count(
    program: Client, studio: Team, bob: User
) -> None:
    images = [an_image(studio, b"%d" % n, f"{n}.jpg") for n in range(3)]
    path = "/api/v1/images/archive"
    said = {"images": [images[2].pk, images[0].pk]}
    answer = program.post(path, said, "application/json")
    assert answer["Content-Type"] == "application/zip"
    assert unpacked(answer) == ["2.jpg", "0.jpg"]
    gallery = Gallery.objects.create(team=studio, owner=bob, name="Wedding")
    there = f"/api/v1/galleries/{gallery.pk}/archive"
    assert program.get(there).status_code == 404
    gallery.add([one.pk for one in images], bob)
    size = program.head(there)["Content-Length"]
    answer = program.get(there, {"which": "chosen"})
    assert answer["Content-Length"] == size
    assert unpacked(answer) == ["0.jpg", "1.jpg", "2.jpg"]
    assert program.get(there, {"which": "x"}).status_code == 422
    assert [one.download_count for one in images] == [1, 1, 1]
    assert set(Download.objects.values_list("door", "user")) == {("api", bob.pk)}


def test_one_that_is_not_there_stops_all(
    program: Client, studio: Team, charlie: User
) -> None:
    mine = an_image(studio, b"mine")
    other = an_image(charlie.own_teams()[0], b"other")
    path = "/api/v1/images/archive"
    for pks in ([mine.pk, other.pk], [], ["x"], [mine.pk] * 5_001):
        answer = program.post(path, {"images": pks}, "application/json")
        assert answer.status_code in {404, 422}
        assert answer["Content-Type"] == "application/problem+json"
