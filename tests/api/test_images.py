"""Pictures by the API: in, found a page at a time, changed, counted out, gone."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from imaging.models import Download, Image, Membership, Role, Scope, Task, Team, User
from tests.api.calling import with_token
from tests.drawing import jpeg
from tests.stored import an_image, body

pytestmark = [pytest.mark.django_db, pytest.mark.both]
IMAGES = "/api/v1/images"
PICTURE = jpeg(640, 480)


@pytest.fixture
def program(bob: User, studio: Team) -> Client:
    return with_token(bob)


def send(program: Client, data: bytes = PICTURE, key: str = "", **said: Any) -> Any:
    file = SimpleUploadedFile("día.jpg", data, "image/jpeg")
    headers = {"idempotency-key": key} if key else {}
    return program.post(IMAGES, {"file": file, **said}, headers=headers)


def test_a_picture_goes_in_and_comes_out_counted_once(
    program: Client, bob: User
) -> None:
    answer = send(program)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer["Location"] == made["url"]
    assert made["team"] == str(bob.own_teams()[0].pk)
    told = {"name": "día.jpg", "width": 640, "height": 480, "format": "jpeg"}
    assert made | told | {"size": len(PICTURE), "download_count": 0} == made
    head = program.head(made["download_url"])
    assert (head.status_code, head["Content-Length"]) == (200, str(len(PICTURE)))
    part = program.get(made["download_url"], headers={"range": "bytes=0-9"})
    assert (part.status_code, body(part)) == (206, PICTURE[:10])
    assert body(program.get(made["download_url"])) == PICTURE
    assert body(program.get(made["download_url"])) == PICTURE
    assert program.get(made["url"]).json()["download_count"] == 1
    assert Download.objects.get().door == "api"
    assert body(Client().get(made["original_url"])) == PICTURE
    assert Client().get(made["thumbnail_url"]).status_code == 200
    assert Download.objects.count() == 1


def test_the_same_bytes_again_are_another_picture(program: Client) -> None:
    assert send(program).json()["id"] != send(program).json()["id"]


def test_the_same_call_again_adds_nothing(program: Client) -> None:
    first = send(program, key="k1")
    again = send(program, key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert send(program, jpeg(100, 100), key="k1").json() | {"detail": ""} == {
        "type": "about:blank",
        "status": 422,
        "code": "idempotency_key_reused",
        "detail": "",
    }
    assert Image.objects.count() == 1
    program.delete(first.json()["url"])
    assert send(program, key="k1").json()["code"] == "gone"


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"no picture", 415, "unknown_format"),
        (jpeg(63, 64), 422, "too_small"),
        (b"", 400, "empty"),
    ],
)
def test_what_is_no_picture_is_refused(
    program: Client, data: bytes, status: int, code: str
) -> None:
    answer = send(program, data)
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert not Image.objects.exists()


@pytest.mark.parametrize(
    ("kind", "data", "status"),
    [
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=", b"x", 400),
        ("multipart/form-data; boundary=a", b"--a--\r\n", 422),
        ("multipart/form-data; boundary=a", b"--a\r\nnonsense", 422),
        ("multipart/form-data; boundary=" + "a" * 300, b"--a", 400),
        ("multipart/form-data; boundary=\xff", b"x", 400),
        ("application/json", b"{}", 415),
        ("", b"", 415),
    ],
)
def test_what_is_no_form_is_no_fault_of_ours(
    program: Client, kind: str, data: bytes, status: int
) -> None:
    answer = program.generic("POST", IMAGES, data, kind)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_fields_that_nothing_takes_are_no_fault_of_ours(program: Client) -> None:
    for said in ({"name": "a\0.jpg"}, {"name": "x" * 10_000}, {"name": "\u202e"}):
        made = send(program, **said).json()
        assert len(made["name"]) <= 150
        assert made["name"].isprintable()
    assert send(program, team="\0").status_code == 404
    assert send(program, name="x" * 3_000_000).status_code == 413


def test_lists_come_page_by_page_and_by_what_is_asked(
    program: Client, studio: Team
) -> None:
    for number in range(5):
        an_image(studio, b"%d" % number, name=f"{number}.jpg")
    names, cursor, pages = [], "", 0
    while cursor is not None:
        got = program.get(IMAGES, {"limit": 2, "cursor": cursor}).json()
        names += [one["name"] for one in got["items"]]
        cursor, pages = got["next"], pages + 1
    assert (names, pages) == (["4.jpg", "3.jpg", "2.jpg", "1.jpg", "0.jpg"], 3)
    made = Image.objects.get(name="3.jpg")
    Image.objects.filter(name="4.jpg").update(parent=made, label=2)
    Download.objects.create(image=made, team=made.team, visitor="x")

    def found(**asked: Any) -> list[str]:
        rows = program.get(IMAGES, asked).json()["items"]
        return [one["name"] for one in rows]

    assert found(parent=made.pk) == ["4.jpg"] == found(show="results")
    assert found(label=2) == ["4.jpg"] == found(q="4")
    assert found(downloaded=True) == ["3.jpg"]
    assert len(found(downloaded=False, show="originals")) == 3
    assert found(since=made.created.isoformat()) == ["4.jpg", "3.jpg"]
    assert found(provider="local") == [] == found(until="2001-01-01T00:00:00")
    assert found(team=Team.objects.create(name="Elsewhere").pk) == []
    variants = program.get(f"{IMAGES}/{made.pk}").json()["variants"]
    assert variants == [str(Image.objects.get(name="4.jpg").pk)]


def test_a_page_of_sixty_takes_few_queries(program: Client, studio: Team) -> None:
    for number in range(60):
        an_image(studio, b"%d" % number)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(program.get(IMAGES).json()["items"]) == 60
    assert len(queries) <= 12


def test_a_picture_is_renamed_labelled_and_thrown_away(
    program: Client, studio: Team, bob: User
) -> None:
    image = an_image(studio, b"a")
    url = f"{IMAGES}/{image.pk}"
    said = {"name": "a/b/new.jpg", "label": 3}
    changed = program.patch(url, said, content_type="application/json").json()
    assert (changed["name"], changed["label"]) == ("new.jpg", 3)
    assert program.get(IMAGES, {"q": "NEW"}).json()["items"]
    assert program.delete(url).status_code == 204
    assert program.get(url).status_code == 404
    assert Image.objects.get().trashed_by == bob


def test_what_is_worked_on_stays(program: Client, studio: Team, bob: User) -> None:
    image = an_image(studio, b"a")
    batch = studio.batches.create(user=bob)
    Task.objects.create(batch=batch, team=studio, image=image, provider="local")
    answer = program.delete(f"{IMAGES}/{image.pk}")
    assert (answer.status_code, answer.json()["code"]) == (409, "busy")
    assert Image.objects.kept().exists()


def test_others_see_nothing_and_viewers_only_look(
    studio: Team, bob: User, charlie: User
) -> None:
    url = f"{IMAGES}/{an_image(studio, b'a').pk}"
    stranger = with_token(charlie)
    for answer in (stranger.get(url), stranger.delete(url), stranger.get(f"{url}0")):
        assert answer.status_code == 404
    assert stranger.get(f"{url}/download").status_code == 404
    assert stranger.get(IMAGES).json() == {"items": [], "next": None}
    assert Client().get(url).status_code == 401
    assert with_token(bob, Scope.READ).delete(url).status_code == 403
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)
    assert with_token(bob).get(url).status_code == 200
    assert with_token(bob).delete(url).status_code == 403
    assert send(with_token(bob), team=studio.pk).status_code == 403
