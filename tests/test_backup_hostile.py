"""Backups that somebody made to do harm, and ways round to where none may lie."""

import gzip
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from imaging.models import Team
from imaging.operating.backups import BackupError
from imaging.operating.backups.progress import Progress
from imaging.operating.backups.restoring import check
from imaging.operating.backups.unpacking import source_at
from tests.stored import an_image

pytestmark = pytest.mark.django_db(transaction=True)
SILENT = Progress(str)


@pytest.fixture
def kept(studio: Team, tmp_path: Path) -> Path:
    an_image(studio, b"bytes", "a.jpg")
    path = tmp_path / "kept"
    call_command("backup", str(path), stderr=io.StringIO())
    return path


def test_no_way_round_leads_into_the_storage(
    tmp_path: Path, settings: Settings
) -> None:
    pictures = settings.DATA / "files"
    pictures.mkdir(exist_ok=True)
    (tmp_path / "way").symlink_to(pictures)
    for path in (pictures / "../files/new", tmp_path / "way/new"):
        with pytest.raises(CommandError, match="where the pictures lie"):
            call_command("backup", str(path), stderr=io.StringIO())


def test_nothing_is_read_that_lies_outside_or_never_ends(kept: Path) -> None:
    picture = next(path for path in kept.rglob("files/**/*") if path.is_file())
    for elsewhere in ("/dev/zero", "/etc/hostname"):
        picture.unlink()
        picture.symlink_to(elsewhere)
        with pytest.raises(BackupError, match="is no file|lies outside"):
            check(source_at(kept), SILENT)


def test_a_row_that_unpacks_without_end_fills_no_memory(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imaging.operating.backups.rows.LONGEST", 1 << 16)
    rows = kept / "rows/imaging.provideraccount.jsonl.gz"
    rows.write_bytes(gzip.compress(b'["' + b"x" * (1 << 20) + b'"]'))
    with pytest.raises(BackupError, match="cannot be read"):
        check(source_at(kept), SILENT)
