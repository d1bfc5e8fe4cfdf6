"""Large files come in parts: kept, put together once, and nothing left of the rest."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from imaging import pictures, upkeep
from imaging.models import Blob, Image, Role, Team, Upload, User
from imaging.models import uploads as room
from imaging.operating import integrity
from imaging.operating.walking import stored_files
from tests.drawing import jpeg

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PICTURE = jpeg(640, 480, seed=7)
SIZE = 10_000
COUNT = -(-len(PICTURE) // SIZE)


@pytest.fixture(autouse=True)
def _small_parts(settings: LazySettings, tmp_path: Path) -> Iterator[None]:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    for key in stored_files(""):
        default_storage.delete(key)
    with mock.patch.object(room, "PART", SIZE):
        yield
    assert not list(tmp_path.iterdir())


def of(person: User, team: Team) -> Client:
    client = Client()
    client.force_login(person)
    client.post(reverse("team_switch", args=[team.pk]))
    return client


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


def begin(client: Client, data: bytes = PICTURE, **fields: Any) -> HttpResponse:
    known = {"name": "a.jpg", "size": len(data)}
    known["digest"] = hashlib.sha256(data).hexdigest()
    return client.post(reverse("upload_parts"), {**known, **fields})


def begun(client: Client, data: bytes = PICTURE) -> str:
    answer = begin(client, data)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def put(client: Client, pk: str, number: int, data: bytes | None = None) -> int:
    part = PICTURE[number * SIZE :][:SIZE] if data is None else data
    address = reverse("upload_part", args=[pk, number])
    return client.put(address, part, "application/octet-stream").status_code


def put_all(client: Client, pk: str) -> None:
    assert [put(client, pk, number) for number in range(COUNT)] == [204] * COUNT


def complete(client: Client, pk: str) -> HttpResponse:
    return client.post(reverse("upload_parts_complete", args=[pk]))


def nothing_is_left() -> bool:
    return not list(stored_files("")) and not Blob.objects.exists()


def test_parts_become_one_picture(client: Client, bob: User, studio: Team) -> None:
    pk = begun(client)
    put_all(client, pk)
    answer = complete(client, pk)
    assert answer.status_code == 201
    image = Image.objects.get()
    said = answer.json()
    assert (said["id"], said["width"], said["height"]) == (str(image.pk), 640, 480)
    assert (image.name, image.owner, image.team) == ("a.jpg", bob, studio)
    with image.blob.open() as stored:
        assert stored.read() == PICTURE
    assert all(image.blob.pk.hex in key for key in stored_files(""))
    assert list(integrity.problems(deep=True)) == []


def test_what_was_interrupted_goes_on_with_the_parts_that_are_here(
    client: Client,
) -> None:
    pk = begun(client)
    put(client, pk, 0)
    put(client, pk, 2)
    early = complete(client, pk)
    assert (early.status_code, early.json()["parts"]) == (409, [0, 2])
    again = begin(client, name="the same.jpg").json()
    assert (again["id"], again["parts"]) == (pk, [0, 2])
    for number in set(range(COUNT)) - {0, 2}:
        put(client, pk, number)
    assert complete(client, pk).status_code == 201


def test_other_bytes_other_people_and_other_teams_begin_anew(
    client: Client, alice: User, bob: User, studio: Team
) -> None:
    own = next(team for team in bob.own_teams() if team != studio)
    others = [of(alice, studio), of(bob, own)]
    found = {begun(one) for one in [client, *others]} | {begun(client, PICTURE + b"x")}
    assert len(found) == 4


@pytest.mark.parametrize("change", ["cut", "long", "empty"])
def test_a_part_of_another_length_is_not_kept(client: Client, change: str) -> None:
    pk = begun(client)
    data = {"cut": PICTURE[: SIZE - 1], "long": PICTURE[: SIZE + 1], "empty": b""}
    assert put(client, pk, 0, data[change]) == 400
    assert put(client, pk, COUNT) == 404
    assert nothing_is_left()


def test_changed_bytes_are_refused_and_go(client: Client) -> None:
    pk = begun(client)
    put_all(client, pk)
    put(client, pk, 1, bytes(SIZE))
    answer = complete(client, pk)
    assert (answer.status_code, answer.json()["code"]) == (422, "changed_on_the_way")
    upload = Upload.objects.get()
    assert (upload.state, upload.image) == ("refused", None)
    assert upload.reason == answer.json()["message"]
    assert nothing_is_left()
    assert put(client, pk, 0) == 404
    assert complete(client, pk).status_code == 404


def test_what_is_no_picture_is_refused_and_goes(client: Client) -> None:
    data = b"words" * 4_000
    pk = begun(client, data)
    for number in range(2):
        put(client, pk, number, data[number * SIZE :][:SIZE])
    answer = complete(client, pk)
    assert (answer.status_code, answer.json()["code"]) == (415, "unknown_format")
    assert nothing_is_left()


def test_cancelling_removes_what_has_arrived(client: Client) -> None:
    pk = begun(client)
    put(client, pk, 0)
    address = reverse("upload_parts_cancel", args=[pk])
    assert client.delete(address).status_code == 204
    assert nothing_is_left()
    assert put(client, pk, 1) == 404
    assert complete(client, pk).status_code == 404
    assert begun(client) != pk


def test_a_part_that_comes_after_the_end_is_not_kept(client: Client) -> None:
    upload = Upload.objects.get(pk=begun(client))
    Upload.objects.get(pk=upload.pk).cancel()
    assert not upload.add_part(0, ContentFile(PICTURE[:SIZE]))
    assert nothing_is_left()


def test_a_quarter_hour_after_the_last_part_it_is_over(client: Client) -> None:
    pk = begun(client)
    soon = timezone.now() + timedelta(seconds=30)
    Upload.objects.update(expires=soon)
    put(client, pk, 0)
    assert Upload.objects.get().expires > soon + timedelta(minutes=14)
    Upload.objects.update(expires=timezone.now())
    assert put(client, pk, 1) == 404
    assert complete(client, pk).status_code == 404
    assert list(integrity.problems()) == []
    assert upkeep.prune()["uploads"] == 1
    assert nothing_is_left()


def test_parts_that_no_upload_knows_are_found() -> None:
    default_storage.save("uploads/stray/0", ContentFile(b"x"))
    assert list(integrity.problems()) == [
        "file uploads/stray/0: no blob or upload knows it"
    ]


def test_completing_again_answers_the_same(client: Client) -> None:
    pk = begun(client)
    put_all(client, pk)
    one, two = (complete(client, pk) for _ in range(2))
    assert one.json() == two.json()
    assert Image.objects.count() == 1


def test_an_answer_lost_after_storing_stores_nothing_twice(client: Client) -> None:
    """As when the process is killed between the picture and the end of the upload."""
    pk = begun(client)
    put_all(client, pk)
    killed = mock.patch.object(Upload, "end", side_effect=ConnectionError)
    with killed, pytest.raises(ConnectionError):
        complete(client, pk)
    answer = complete(client, pk)
    assert (answer.status_code, answer.json()["id"]) == (201, pk)
    assert Image.objects.count() == 1
    assert list(integrity.problems(deep=True)) == []


def test_quick_double_completes_store_one_picture(client: Client) -> None:
    pk = begun(client)
    put_all(client, pk)
    second: list[HttpResponse] = []
    inspect = pictures.inspect

    def overtaken(path: Path) -> pictures.Picture:
        if not second:
            second.append(HttpResponse())
            second[0] = complete(client, pk)
        return inspect(path)

    with mock.patch.object(pictures, "inspect", overtaken):
        first = complete(client, pk)
    assert first.json() == second[0].json()
    assert first.status_code == second[0].status_code == 201
    assert Image.objects.count() == 1
    assert list(integrity.problems(deep=True)) == []


def test_parts_taken_away_by_the_quicker_of_two_are_no_fault(client: Client) -> None:
    pk = begun(client)
    put_all(client, pk)
    slow = Upload.objects.get(pk=pk)
    assert complete(client, pk).status_code == 201
    Upload.objects.filter(pk=pk).update(state=Upload.State.PENDING)
    assert str(slow.complete().pk) == pk
    assert Image.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [{"size": "x"}, {"size": "-1"}, {"size": "9" * 99}, {"digest": "AB"}, {"size": ""}],
)
def test_nonsense_is_answered_with_a_sentence(
    client: Client, fields: dict[str, str]
) -> None:
    answer = begin(client, **fields)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_bounds_hold_before_a_byte_is_sent(client: Client, studio: Team) -> None:
    assert begin(client, size=101 << 20).status_code == 413
    assert begin(client, size=0).status_code == 400
    Team.objects.update(max_bytes=len(PICTURE) - 1)
    full = begin(client)
    assert (full.status_code, full.json()["code"]) == (413, "storage_full")
    Team.objects.update(max_bytes=10**9, max_pending_uploads=1)
    begun(client)
    many = begin(client, PICTURE + b"x")
    assert (many.status_code, many.json()["code"]) == (413, "too_many_uploads")
    assert begin(client).status_code == 201


def test_an_upload_is_its_senders_alone(
    client: Client, alice: User, bob: User, charlie: User, studio: Team
) -> None:
    pk = begun(client)
    put(client, pk, 0)
    outsider = charlie.own_teams()[0]
    cancel = reverse("upload_parts_cancel", args=[pk])
    for other in (of(alice, studio), of(charlie, outsider)):
        assert put(other, pk, 1) == complete(other, pk).status_code == 404
        assert other.delete(cancel).status_code == 404
    stranger = Client()
    assert put(stranger, pk, 1) == begin(stranger).status_code == 302
    studio.memberships.filter(user=bob).update(role=Role.VIEWER)
    assert begin(client).status_code == 403
    assert put(client, pk, 1) == complete(client, pk).status_code == 404
    assert Upload.objects.get().present() == [0]


def test_a_foreign_site_sends_nothing(bob: User, studio: Team) -> None:
    pk = begun(of(bob, studio))
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(bob)
    assert begin(careful).status_code == 403
    assert put(careful, pk, 0) == complete(careful, pk).status_code == 403
    assert careful.delete(reverse("upload_parts_cancel", args=[pk])).status_code == 403
    assert nothing_is_left()
