"""Pictures come in by the form and by the panel; what is refused leaves nothing."""

import io
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from django.conf import LazySettings, settings
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from imaging.models import Batch, Blob, Image, Role, Task, Team, User
from imaging.models.blobs import BlobQuerySet
from imaging.operating.walking import stored_files
from tests.drawing import heic, huge_png, jpeg, png, save
from tests.drawing import photo as drawn

pytestmark = [pytest.mark.django_db, pytest.mark.both]
UPSCALE = {"order": "local:upscale", "local:upscale-scale": "2"}
UPSCALE |= {"local:upscale-format": "same", "local:upscale-quality": "92"}
REFUSED = {
    "text.jpg": (b"This is no picture.", 415),
    "empty.jpg": (b"", 400),
    "cut.jpg": (jpeg()[:-500], 422),
    "small.png": (save(drawn(60, 200), "PNG"), 422),
    "huge.png": (huge_png(30_000, 30_000), 422),
}


@pytest.fixture(autouse=True)
def _folders(settings: LazySettings, tmp_path: Path) -> Iterator[None]:
    """Begin with no file anywhere."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    for key in stored_files(""):
        default_storage.delete(key)
    yield
    assert not list(tmp_path.iterdir())


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    client = Client()
    client.force_login(bob)
    client.post(reverse("team_switch", args=[studio.pk]))
    return client


def file(name: str, data: bytes) -> io.BytesIO:
    made = io.BytesIO(data)
    made.name = name
    return made


def send(client: Client, *files: io.BytesIO, **fields: str) -> HttpResponse:
    """Send the form, as a browser without script does."""
    return client.post(reverse("upload"), {"files": list(files), **fields})


def panel(client: Client, name: str, data: bytes) -> HttpResponse:
    return client.post(reverse("upload_file"), {"file": file(name, data)})


def nothing_is_left() -> bool:
    rows = (Image, Blob, Task, Batch)
    return not any(model.objects.exists() for model in rows) and not list(
        stored_files("")
    )


def test_the_form_works_without_script(client: Client, bob: User) -> None:
    text = client.get(reverse("upload")).content.decode()
    assert 'enctype="multipart/form-data"' in text
    assert 'value="local:upscale"' in text
    files = [file("one.jpg", jpeg()), file("two.heic", heic())]
    answer = send(client, *files, **UPSCALE)
    batch = Batch.objects.get()
    assert answer.url == reverse("batch", args=[batch.pk])
    assert batch.name == "Upscale: 2 pictures"
    assert batch.user == bob
    names = set(batch.tasks.values_list("image_name", "options__scale"))
    assert names == {("one.jpg", 2), ("two.heic", 2)}


def test_pictures_can_be_stored_and_nothing_done(client: Client, studio: Team) -> None:
    answer = send(client, file("one.jpg", jpeg()), order="")
    assert answer.url == reverse("library")
    assert Image.objects.get().team == studio
    assert not Batch.objects.exists()


def test_pressing_twice_starts_one_batch(client: Client) -> None:
    assert panel(client, "one.jpg", jpeg()).status_code == 201
    text = client.get(reverse("upload")).content.decode()
    key = text.partition('name="key" value="')[2].partition('"')[0]
    form = {**UPSCALE, "key": key, "image": str(Image.objects.get().pk)}
    one, two = (client.post(reverse("process"), form) for _ in range(2))
    assert one.url == two.url
    assert Task.objects.count() == 1


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_a_sentence_and_leaves_nothing(client: Client, name: str) -> None:
    data, status = REFUSED[name]
    answer = panel(client, name, data)
    said = answer.json()
    assert (answer.status_code, set(said)) == (status, {"code", "message"})
    assert said["message"].endswith(".")
    answer = send(client, file(name, data), **UPSCALE)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert name in text
    assert nothing_is_left()


def test_the_good_ones_of_several_are_done(client: Client) -> None:
    files = [file(name, data) for name, (data, _) in REFUSED.items() if data]
    answer = send(client, *files, file("good.png", png()), **UPSCALE)
    assert answer.status_code == 302
    assert Task.objects.get().image_name == "good.png"
    text = client.get(answer.url).content.decode()
    assert "text.jpg: The content of this file is not a picture" in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({**UPSCALE, "local:upscale-quality": "0"}, "options again"),
        ({**UPSCALE, "local:upscale-scale": "99"}, "options again"),
    ],
)
def test_bad_options_are_answered_and_the_picture_stays_in_the_form(
    client: Client, fields: dict[str, str], words: str
) -> None:
    answer = send(client, file("one.jpg", jpeg()), **fields)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert words in text
    assert str(Image.objects.get().pk) in text
    assert not Task.objects.exists()


def test_no_file_is_answered_with_a_sentence(client: Client) -> None:
    answer = send(client, **UPSCALE)
    assert answer.status_code == 422
    assert "Choose at least one picture first." in answer.content.decode()
    assert client.post(reverse("upload_file")).status_code == 400
    answer = client.post(reverse("process"), UPSCALE)
    assert answer.status_code == 422
    assert nothing_is_left()


def test_the_panel_gets_what_it_shows(client: Client, bob: User) -> None:
    answer = panel(client, "../../etc/ca\u202et.jpg", jpeg(320, 240))
    image = Image.objects.get()
    assert answer.status_code == 201
    said = answer.json()
    assert said["id"] == str(image.pk)
    assert (said["width"], said["height"]) == (320, 240)
    assert said["name"] == image.name == "cat.jpg"
    assert said["url"] == reverse("image", args=[image.pk])
    assert client.get(said["thumbnail"]).status_code == 200
    assert image.owner == bob
    assert default_storage.exists(image.blob.key)


def test_a_viewer_adds_nothing(client: Client, studio: Team, bob: User) -> None:
    studio.memberships.filter(user=bob).update(role=Role.VIEWER)
    answer = panel(client, "one.jpg", jpeg())
    assert answer.status_code == 403
    assert "Viewers cannot add pictures" in answer.json()["message"]
    answer = send(client, file("one.jpg", jpeg()), **UPSCALE)
    assert answer.status_code == 422
    assert "Viewers cannot add pictures" in answer.content.decode()
    assert nothing_is_left()


def test_foreign_pictures_cannot_be_processed(client: Client, charlie: User) -> None:
    outsider = Client()
    outsider.force_login(charlie)
    pk = panel(outsider, "one.jpg", jpeg()).json()["id"]
    answer = client.post(reverse("process"), {**UPSCALE, "image": [pk, "rubbish"]})
    assert answer.status_code == 422
    assert not Task.objects.exists()


def test_nobody_is_anonymous(db: None) -> None:
    for name in ("upload", "upload_file", "process"):
        answer = Client().post(reverse(name), {"file": file("a.jpg", jpeg())})
        assert answer.url.startswith(reverse(settings.LOGIN_URL))
    assert nothing_is_left()


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_cannot_be_erased_spoils_no_picture(client: Client) -> None:
    """As when the same bytes come twice at once, and the disk is in trouble."""
    panel(client, "quicker.jpg", jpeg())
    full = mock.patch.object(default_storage, "delete", side_effect=OSError("full"))
    # The slower one looked for these bytes before the quicker one was done.
    unseen = mock.patch.object(BlobQuerySet, "first", lambda _blobs: None)
    with full, unseen:
        assert panel(client, "slower.jpg", jpeg()).status_code == 201
    assert Image.objects.count() == 2
    assert Blob.objects.filter(stored=True).count() == 1
    Blob.objects.get(stored=False).erase()
