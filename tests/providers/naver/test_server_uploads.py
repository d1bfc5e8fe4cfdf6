"""Our own Naver: an address for one file, and what became of it, for whom."""

import re
import uuid
from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone

from imaging.models import Image, Team, Upload, User, VendorRecord
from tests.drawing import jpeg, png
from tests.providers.naver.signing import UPLOADS, Program, code

pytestmark = [pytest.mark.django_db, pytest.mark.both]
MOST = 5_242_880


@pytest.fixture
def program(alice: User) -> Program:
    return Program(alice)


def test_a_picture_is_sent_once_and_then_counts(program: Program, alice: User) -> None:
    key, target = program.address("query_image.jpg")
    assert re.fullmatch(r"images/[0-9a-f]{32}/query_image\.jpg", key)
    assert program.complete(key) == (key, "FAILED", "FILE_NOT_EXIST")
    assert program.put(target, jpeg()).status_code == 200
    assert code(program.put(target, jpeg())) == (403, ["AccessDenied"])
    assert not Image.objects.exists()
    for _ in range(2):
        assert program.complete(key) == (key, "COMPLETED", None)
    image = Image.objects.get()
    assert (image.team, image.owner) == (alice.own_teams()[0], alice)
    assert image.name == "query_image.jpg"
    with image.blob.open() as stored:
        assert stored.read() == jpeg()
    left = image.expires - timezone.now()
    assert timedelta(hours=23, minutes=59) < left <= timedelta(days=1)


def test_an_address_ends_after_a_quarter_of_an_hour(program: Program) -> None:
    key, target = program.address("a.png")
    with mock.patch("imaging.clock.Known.ahead", -901):
        assert code(program.put(target, png())) == (403, ["AccessDenied"])
    assert program.complete(key) == (key, "FAILED", "FILE_NOT_EXIST")
    with mock.patch("imaging.clock.Known.ahead", -895):
        assert program.put(target, png()).status_code == 200


def test_asking_too_early_does_not_lengthen_it(program: Program) -> None:
    key, _target = program.address("a.png")
    before = Upload.objects.get().expires
    program.complete(key)
    assert Upload.objects.get().expires == before


@pytest.mark.parametrize("name", [f"{'x' * 251}.heic"[1:], "a b;ü.JPEG", "..jpg"])
def test_a_name_comes_back_as_it_was_said(program: Program, name: str) -> None:
    key = program.sent(name, jpeg())
    assert key.endswith(f"/{name}")
    assert program.complete(key) == (key, "COMPLETED", None)


def test_unknown_and_altered_keys_are_not_found(program: Program) -> None:
    key = program.sent("a.jpg", jpeg())
    program.complete(key)
    other = f"images/{uuid.uuid4().hex}/a.jpg"
    for wrong in (other, f"{key}x", key.upper(), "a", "images//a", "\u0661" * 40):
        assert program.complete(wrong) == (wrong, "FAILED", "FILE_NOT_EXIST")


def test_another_person_finds_nothing(program: Program, charlie: User) -> None:
    key = program.sent("a.jpg", jpeg())
    for _ in range(2):
        assert Program(charlie).complete(key) == (key, "FAILED", "FILE_NOT_EXIST")
        program.complete(key)
    assert program.complete(key)[1] == "COMPLETED"


def test_what_was_deleted_is_not_there_any_more(program: Program, alice: User) -> None:
    key = program.sent("a.jpg", jpeg())
    program.complete(key)
    Image.objects.trash([Image.objects.get().pk], alice)
    assert program.complete(key) == (key, "FAILED", "FILE_NOT_EXIST")


def test_a_full_storage_is_no_fault_of_the_file(program: Program) -> None:
    key = program.sent("a.jpg", jpeg())
    Team.objects.update(max_bytes=1_000)
    assert program.post(f"{UPLOADS}/complete", {"assetKey": key})[0] == 503
    Team.objects.update(max_bytes=10**9)
    assert program.complete(key)[1] == "COMPLETED"


def test_too_many_that_wait_are_told_to_come_later(program: Program) -> None:
    Team.objects.update(max_pending_uploads=1)
    program.address("a.jpg")
    asked = {"assetType": "IMAGE", "assetFileName": "a.jpg"}
    answer = program.ask("POST", f"{UPLOADS}/presigned-url", asked)
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert VendorRecord.objects.count() == 1
