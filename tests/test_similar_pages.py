"""The pages of similar pictures, and what is said of near-duplicates on upload."""

import json
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from imaging import worker
from imaging.background import sweeping
from imaging.models import Blob, Image, Membership, Role, Team, User
from imaging.similar import INDEX
from tests import drawing
from tests.lookalikes import empty_index, keep  # noqa: F401
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
SMALLER = drawing.photo().resize((320, 240))


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


def a_file(name: str = "sent.jpg", data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, drawing.jpeg() if data is None else data)


def shown(client: Client, image: Image) -> list[str]:
    context = client.get(reverse("image_similar", args=[image.pk])).context
    return [tile["image"].name for tile in context["tiles"]]


def test_the_page_shows_what_looks_like_a_picture_but_not_its_own_family(
    client: Client, studio: Team, tmp_path: Path
) -> None:
    image = keep(studio, drawing.photo(), tmp_path, "asked.png")
    keep(studio, SMALLER, tmp_path, "smaller.png")
    keep(studio, drawing.photo(seed=1), tmp_path, "other.png")
    result = keep(studio, drawing.photo(300, 220), tmp_path, "result.png")
    Image.objects.filter(pk=result.pk).update(parent=image)
    assert shown(client, image) == ["smaller.png"]
    assert shown(client, result) == ["smaller.png"]
    text = client.get(reverse("image", args=[image.pk])).content.decode()
    assert reverse("image_similar", args=[image.pk]) in text


def test_nothing_alike_is_said_so(client: Client, studio: Team, tmp_path: Path) -> None:
    image = keep(studio, drawing.photo(), tmp_path)
    answer = client.get(reverse("image_similar", args=[image.pk]))
    assert "Nothing looks like it" in answer.content.decode()


def test_a_foreign_picture_is_not_there_and_a_viewer_may_look(
    client: Client, charlie: User, studio: Team, tmp_path: Path
) -> None:
    foreign = keep(charlie.own_teams()[0], drawing.photo(), tmp_path)
    mine = keep(studio, drawing.photo(), tmp_path, "mine.png")
    address = reverse("image_similar", args=[foreign.pk])
    assert client.get(address).status_code == 404
    assert client.post(reverse("trash_add"), {"image": mine.pk}).status_code == 302
    address = reverse("image_similar", args=[mine.pk])
    assert client.get(address).status_code == 404
    Membership.objects.create(team=studio, user=charlie, role=Role.VIEWER)
    Image.objects.filter(pk=mine.pk).update(trashed=None)
    assert of(charlie, studio).get(address).status_code == 200
    assert Client().get(address).status_code == 302


def test_a_picture_that_is_sent_finds_others_of_the_team_in_use_and_is_not_kept(
    client: Client, charlie: User, studio: Team, tmp_path: Path
) -> None:
    keep(charlie.own_teams()[0], drawing.photo(), tmp_path, "foreign.png")
    keep(studio, SMALLER, tmp_path, "smaller.png")
    answer = client.post(reverse("similar"), {"file": a_file()})
    assert [tile["image"].name for tile in answer.context["tiles"]] == ["smaller.png"]
    assert "data:image/webp;base64," in answer.content.decode()
    assert Blob.objects.count() == 2
    stranger = of(charlie).post(reverse("similar"), {"file": a_file()})
    assert "smaller.png" not in stranger.content.decode()


@pytest.mark.parametrize("data", [b"", b"words", drawing.jpeg()[:900]])
def test_what_is_no_picture_is_refused_with_a_sentence(
    client: Client, data: bytes
) -> None:
    answer = client.post(reverse("similar"), {"file": a_file(data=data)})
    assert answer.status_code == 422
    assert answer.context["problem"] in answer.content.decode()


def test_a_form_without_a_file_asks_for_one(client: Client) -> None:
    assert client.get(reverse("similar")).status_code == 200
    assert client.post(reverse("similar")).status_code == 422


def test_the_pages_ask_the_database_little(
    client: Client, studio: Team, tmp_path: Path
) -> None:
    image = keep(studio, drawing.photo(), tmp_path)
    for number in range(5):
        keep(studio, drawing.photo(100, 75 + number), tmp_path)
    for answer in (
        lambda: client.get(reverse("image_similar", args=[image.pk])),
        lambda: client.post(reverse("similar"), {"file": a_file()}),
    ):
        answer()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(answer().context["tiles"]) >= 5
        assert len(queries) <= 12, [one["sql"][:80] for one in queries]


def test_a_near_duplicate_is_pointed_out_once_it_is_stored(
    client: Client, charlie: User, studio: Team, tmp_path: Path
) -> None:
    keep(charlie.own_teams()[0], SMALLER, tmp_path, "foreign.png")
    there = keep(studio, SMALLER, tmp_path, "there.png")
    keep(studio, drawing.photo(seed=1), tmp_path, "other.png")
    named = [{"name": "there.png", "url": reverse("image", args=[there.pk])}]
    # Of the same bytes, the second time, is spoken elsewhere.
    for _time in range(2):
        answer = client.post(reverse("upload_file"), {"file": a_file()})
        assert answer.status_code == 201
        asked = client.get(address := json.loads(answer.content)["alike"])
        assert json.loads(asked.content) == {"alike": named}
    assert of(charlie).get(address).status_code == 404


def test_no_upload_waits_until_all_is_read(
    client: Client, studio: Team, tmp_path: Path
) -> None:
    keep(studio, SMALLER, tmp_path)
    client.post(reverse("upload_file"), {"file": a_file()})
    answer = client.post(reverse("upload"), {"files": a_file(), "order": ""})
    assert answer.status_code == 302
    assert not INDEX.is_read
    assert not INDEX.rows.count


def test_without_script_the_next_page_points_it_out(
    client: Client, studio: Team, tmp_path: Path
) -> None:
    there = keep(studio, SMALLER, tmp_path, "<b>there.png")
    INDEX.current()
    form = {"files": a_file(), "order": ""}
    answer = client.post(reverse("upload"), form, follow=True)
    text = answer.content.decode()
    assert (
        f'<a href="{reverse("image", args=[there.pk])}">&lt;b&gt;there.png</a>' in text
    )


def test_what_was_stored_before_is_described_in_the_background(
    client: Client, studio: Team, tmp_path: Path
) -> None:
    image = keep(studio, drawing.photo(), tmp_path)
    kept = bytes(image.blob.descriptor)
    Blob.objects.update(descriptor=b"", described=None)
    text = client.get(reverse("image_similar", args=[image.pk])).content.decode()
    assert "still being looked at" in text
    sweeping.wake_undescribed()
    worker.describe(str(image.blob_id))
    blob = Blob.objects.get()
    assert blob.described
    assert bytes(blob.descriptor) == kept


def test_what_cannot_be_described_is_not_tried_again(
    studio: Team, tmp_path: Path
) -> None:
    image = keep(studio, drawing.photo(), tmp_path)
    Blob.objects.update(descriptor=b"", described=None)
    default_storage.delete(image.blob.key)
    default_storage.save(image.blob.key, ContentFile(b"rubbish"))
    worker.describe(str(image.blob_id))
    blob = Blob.objects.get()
    assert blob.described
    assert not blob.descriptor
