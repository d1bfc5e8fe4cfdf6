"""Many pictures in one ZIP for members: which, how large, how they are counted."""

import io
import zipfile

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from imaging.models import Download, Gallery, Image, Team, User
from tests.stored import an_image, body

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def images(studio: Team) -> list[Image]:
    names = ("b.jpg", "a.jpg", "A.jpg")
    return [an_image(studio, name.encode() * 99, name) for name in names]


@pytest.fixture
def member(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def files_of(answer: HttpResponse) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body(answer))) as found:
        return {one.filename: found.read(one) for one in found.infolist()}


def ids(images: list[Image]) -> dict[str, str]:
    return {"image": ",".join(str(one.pk) for one in images)}


def test_a_selection_comes_in_its_order_and_is_counted_together(
    member: Client, images: list[Image], alice: User
) -> None:
    size = member.head("/zip/", ids(images))["Content-Length"]
    answer = member.post("/zip/", ids(images))
    assert answer["Content-Length"] == size
    assert answer["Content-Type"] == "application/zip"
    assert answer["Accept-Ranges"] == "none"
    assert not Download.objects.exists()
    assert files_of(answer) == {
        "b.jpg": b"b.jpg" * 99,
        "a.jpg": b"a.jpg" * 99,
        "A (2).jpg": b"A.jpg" * 99,
    }
    rows = Download.objects.all()
    assert {row.image for row in rows} == set(images)
    assert len({row.bundle for row in rows}) == 1
    assert {(row.visitor, row.user, row.door) for row in rows} == {
        (f"user:{alice.pk}", alice, "site")
    }
    # Within 15 minutes that is a repeat, and so is each by itself.
    body(member.get("/zip/", ids(images)))
    body(member.get(f"/images/{images[0].pk}/download/"))
    assert Download.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_what_was_broken_off_counts_nothing(
    member: Client, images: list[Image]
) -> None:
    answer = member.post("/zip/", ids(images))
    next(iter(answer))
    answer.close()
    assert not Download.objects.exists()


def test_others_pictures_are_left_out_and_alone_are_absent(
    images: list[Image], charlie: User, client: Client
) -> None:
    client.force_login(charlie)
    assert client.post("/zip/", ids(images)).status_code == 404
    mine = an_image(charlie.own_teams()[0], b"mine", "mine.jpg")
    assert list(files_of(client.post("/zip/", ids([*images, mine])))) == ["mine.jpg"]
    assert client.post("/zip/", {"image": "x,,"}).status_code == 404


def test_a_gallery_comes_as_it_hangs_or_as_it_was_chosen(
    member: Client, images: list[Image], alice: User, studio: Team
) -> None:
    original, result, alone = images
    Image.objects.filter(pk=result.pk).update(parent=original)
    result.refresh_from_db()
    better = an_image(studio, b"better", "better.jpg")
    Image.objects.filter(pk=better.pk).update(parent=original)
    better.refresh_from_db()
    better.choose()
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Wed/ding")
    path = f"/galleries/{gallery.pk}/zip/"
    assert member.get(path).status_code == 404
    gallery.add([alone.pk, result.pk], alice)
    answer = member.get(path)
    assert 'filename="Wed_ding.zip"' in answer["Content-Disposition"]
    assert list(files_of(answer)) == ["A.jpg", "a (2).jpg"]
    assert list(files_of(member.get(f"{path}?which=original"))) == ["A.jpg", "b.jpg"]
    chosen = files_of(member.get(f"{path}?which=chosen"))
    assert list(chosen) == ["A.jpg", "better.jpg"]


def test_a_thousand_files_cost_no_more_questions_than_two(
    member: Client, studio: Team, alice: User
) -> None:
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Many")
    asked = []
    for number in (2, 40):
        made = [an_image(studio, b"%d %d" % (number, n)) for n in range(number)]
        gallery.add([one.pk for one in made], alice)
        with CaptureQueriesContext(connection) as queries:
            files_of(member.get(f"/galleries/{gallery.pk}/zip/"))
        asked.append(len(queries))
    assert asked[0] == asked[1]
