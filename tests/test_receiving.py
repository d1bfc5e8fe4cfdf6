"""Uploads: hashed while they arrive, and stopped when they are too large."""

import hashlib
import io
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client, RequestFactory

from imaging import receiving
from imaging.pictures import Refused
from imaging.receiving import receive, refused_files
from tests import drawing


@pytest.fixture(autouse=True)
def _small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MAX_BYTES", 3 * 2**20)


def sent(*files: tuple[str, bytes]) -> HttpRequest:
    """A form with these files, not yet read."""
    parts = [SimpleUploadedFile(name, data) for name, data in files]
    return RequestFactory().post("/", {"files": parts, "operation": "upscale"})


def temporaries() -> set[Path]:
    return set(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir())


def test_files_come_with_their_digest() -> None:
    before = temporaries()
    data = [drawing.jpeg(), bytes(3 * 2**20), b""]
    request = sent(("a.jpg", data[0]), ("b.bmp", data[1]), ("c.png", data[2]))
    files = request.FILES.getlist("files")
    assert [file.digest for file in files] == [
        hashlib.sha256(part).hexdigest() for part in data
    ]
    assert [file.size for file in files] == [len(part) for part in data]
    assert [Path(file.temporary_file_path()).read_bytes() for file in files] == data
    for file in files:
        file.close()
    assert temporaries() == before


def test_one_file_too_large_is_refused_and_the_others_arrive() -> None:
    before = temporaries()
    request = sent(("a.jpg", b"one"), ("big.png", bytes(4 * 2**20)), ("c.jpg", b"two"))
    assert [file.name for file in request.FILES.getlist("files")] == ["a.jpg", "c.jpg"]
    assert request.POST["operation"] == "upscale"
    [(name, refused)] = refused_files(request)
    assert name == "big.png"
    assert (refused.code, refused.status) == ("too_many_bytes", 413)
    assert len(temporaries() - before) == 2


@pytest.mark.django_db
def test_nothing_is_written_for_a_stranger() -> None:
    before = temporaries()
    request = sent(("a.jpg", drawing.jpeg()))
    request.user = AnonymousUser()
    assert not request.FILES
    assert request.POST["operation"] == "upscale"
    assert temporaries() == before


@pytest.mark.django_db
def test_a_form_of_a_stranger_is_sent_to_sign_in_and_leaves_nothing(
    client: Client,
) -> None:
    before = temporaries()
    answer = client.post("/upload/file/", {"file": io.BytesIO(drawing.jpeg())})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")
    assert temporaries() == before


def test_a_file_without_end_ends_the_request() -> None:
    before = temporaries()
    request = sent(("endless.png", bytes(9 * 2**20)), ("after.png", b"never read"))
    assert not request.FILES
    assert [name for name, _ in refused_files(request)] == ["endless.png"]
    assert not temporaries() - before


@pytest.mark.parametrize(
    "name", ["x." + "y" * 250, "a\u202eb.png", "nul\0.p\0ng", "..."]
)
def test_a_strangers_name_is_no_part_of_the_path(name: str) -> None:
    request = sent(("placeholder", b"data"))
    handler = receiving.HashingUploadHandler(request)
    handler.new_file("files", name, "image/png", None)
    path = Path(handler.file.temporary_file_path())
    assert path.name.endswith(".upload")
    assert path.parent == Path(settings.FILE_UPLOAD_TEMP_DIR)
    assert "\u202e" not in handler.file.name
    assert len(handler.file.name) <= 150
    handler.upload_interrupted()
    assert not path.exists()


def test_nothing_is_noted_where_nothing_was_refused() -> None:
    assert refused_files(sent(("a.jpg", b"data"))) == []


def test_a_body_is_hashed_while_it_is_written() -> None:
    data, to = drawing.png(), io.BytesIO()
    assert receive(io.BytesIO(data), to) == hashlib.sha256(data).hexdigest()
    assert to.getvalue() == data


def test_a_body_beyond_its_limit_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        receive(io.BytesIO(bytes(2 * 2**20)), io.BytesIO(), most=2**20)
    assert caught.value.code == "too_many_bytes"
    assert "at most 1 MB" in caught.value.message
