"""Archives: exact to the byte before they are made, readable, named well."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from imaging.delivery import handover
from imaging.delivery.archives import Archive, Member, Names, dos_time

MADE = datetime(2026, 3, 1, 12, 30, 8, tzinfo=UTC)


def member(data: bytes, name: str, **changes: Any) -> Member:
    key = default_storage.save(f"member-{len(data)}", ContentFile(data))
    fields = {"key": key, "size": len(data), "name": name, "time": MADE}
    return Member(**{**fields, **changes})


def read(archive: Archive) -> bytes:
    data = b"".join(iter(lambda: archive.read(1), b""))
    assert len(data) == archive.size
    return data


def test_what_comes_out_is_what_was_put_in() -> None:
    files = {"a.jpg": b"one" * 300_000, "김치 é.png": b"two", "empty-ish": b"3"}
    made = read(Archive(member(data, name) for name, data in files.items()))
    with zipfile.ZipFile(io.BytesIO(made)) as found:
        assert found.testzip() is None
        assert {one.filename: found.read(one) for one in found.infolist()} == files
        here = timezone.localtime(MADE)
        for one in found.infolist():
            assert one.compress_type == zipfile.ZIP_STORED
            assert one.date_time == tuple(here.timetuple())[:6]
            # The time stands before each file, too, for who reads as it comes.
            assert made[one.header_offset + 10 :][:4] == dos_time(MADE)


@pytest.mark.parametrize("number", [65_535])
def test_as_many_files_as_old_archives_hold_and_more(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Opened so often, a file of the disk would take a minute.
    monkeypatch.setattr(handover, "open_part", lambda *_which: io.BytesIO(b"x"))
    one = Member("key", 1, "same.jpg", MADE)
    made = read(Archive([one] * number))
    with zipfile.ZipFile(io.BytesIO(made)) as found:
        names = found.namelist()
    assert names[:2] == ["same.jpg", "same (2).jpg"]
    assert len(set(names)) == number


def test_a_file_that_is_shorter_than_was_said_breaks_the_archive_off() -> None:
    archive = Archive([member(b"short", "a.jpg", size=6)])
    with pytest.raises((EOFError, RuntimeError)):
        read(archive)


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (["a.jpg", "A.JPG", "a.jpg"], ["a.jpg", "A (2).JPG", "a (3).jpg"]),
        (["a (2).jpg", "a.jpg", "a.jpg"], ["a (2).jpg", "a.jpg", "a (3).jpg"]),
        (["e\u0301.jpg", "\xe9.jpg"], ["\xe9.jpg", "\xe9 (2).jpg"]),
        (["../../etc/passwd", "/x", "c:\\y"], ["_._etc_passwd", "_x", "c__y"]),
        (["CON.jpg", "com1", "console.jpg"], ["_CON.jpg", "_com1", "console.jpg"]),
        (['a<b>|c?*".jpg', "\u202egpj.exe"], ["a_b__c___.jpg", "gpj.exe"]),
    ],
)
def test_names_stand_side_by_side_on_every_system(
    given: list[str], made: list[str]
) -> None:
    names = Names()
    assert [names.unique(one) for one in given] == made


def test_a_name_fits_a_file_system_whatever_its_letters() -> None:
    names = Names()
    for _ in range(20):
        made = names.unique("사진" * 70 + ".jpeg")
        assert len(made.encode()) <= 255
        assert made.endswith(".jpeg")


def test_times_before_there_were_archives_are_the_first_of_them() -> None:
    assert dos_time(MADE - timedelta(days=365 * 60)) == b"\0\0\x21\0"
