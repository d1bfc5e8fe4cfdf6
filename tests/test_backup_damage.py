"""What is wrong with a backup, or its place, is told, and changes nothing."""

import gzip
import io
import json
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from pytest_django import Settings

from imaging.models import AuditEvent, Image, ProviderAccount, Team
from imaging.operating.backups import BackupError, manifest
from imaging.operating.backups.making import Making, make
from imaging.operating.backups.packing import Folder
from imaging.operating.backups.progress import Progress
from imaging.operating.backups.restoring import check
from imaging.operating.backups.unpacking import source_at
from imaging.operating.files import files
from imaging.operating.walking import stored_files
from tests.installing import CLEAR
from tests.sharing import a_photograph
from tests.stored import an_image

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
SILENT = Progress(str)


@pytest.fixture(autouse=True)
def image(studio: Team) -> Image:
    """A picture with renditions, and a secret."""
    for key in stored_files(""):
        default_storage.delete(key)
    ProviderAccount.objects.create(
        team=studio, provider="kokoon", sealed=json.dumps({"token": CLEAR})
    )
    Team.objects.filter(pk=studio.pk).update(bytes_used=0)
    return a_photograph(studio, 200, 100)


@pytest.fixture
def kept(image: Image, tmp_path: Path) -> Path:
    path = tmp_path / "kept"
    call_command("backup", str(path), stderr=io.StringIO())
    return path


@pytest.fixture
def tar(image: Image, tmp_path: Path) -> Path:
    path = tmp_path / "kept.tar"
    call_command("backup", str(path), stderr=io.StringIO())
    return path


def flip(path: Path, at: int | None = None) -> None:
    """Change one bit."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if at is None else at] ^= 1
    path.write_bytes(data)


def test_nobody_else_reads_it_and_no_secret_stands_in_it(kept: Path, tar: Path) -> None:
    assert tar.stat().st_mode & 0o777 == 0o600
    for path in [kept, *kept.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path
    rows = b"".join(gzip.decompress(path.read_bytes()) for path in kept.glob("rows/*"))
    assert b"kokoon" in rows
    sealed = ProviderAccount.objects.values_list("sealed")
    assert CLEAR in sealed[0][0]
    assert CLEAR.encode() not in rows
    assert b"imaging.heartbeat" not in (kept / manifest.NAME).read_bytes()


def test_sha256sum_reads_the_list(kept: Path) -> None:
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=kept)
    assert done.returncode == 0


def test_a_second_backup_reads_no_picture_again(kept: Path, image: Image) -> None:
    name = f"files/{image.blob.key}"
    before = (kept / name).stat()
    said = io.StringIO()
    call_command("backup", str(kept), stderr=said)
    assert "1 of the files were there" in said.getvalue()
    assert (kept / name).stat().st_ino == before.st_ino
    assert not [path for path in kept.parent.iterdir() if path.name != "kept"]
    assert check(source_at(kept), SILENT)[1] == []
    acts = AuditEvent.objects.filter(action="backed_up")
    assert acts.count() == 2


def test_what_is_missing_or_damaged_is_told_and_the_rest_is_kept(
    image: Image, studio: Team, tmp_path: Path
) -> None:
    changed, gone = an_image(studio, b"one"), an_image(studio, b"three")
    default_storage.save(changed.blob.key, ContentFile(b"two"))
    default_storage.delete(gone.blob.key)
    said = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("backup", str(tmp_path / "kept"), stderr=said)
    assert ended.value.code == 1
    assert f"DAMAGED {changed.blob.key}: its bytes have changed" in said.getvalue()
    assert f"DAMAGED {gone.blob.key}: missing" in said.getvalue()
    told, damaged = check(source_at(tmp_path / "kept"), SILENT)
    assert (told.damaged, damaged) == (2, [])
    assert (tmp_path / "kept/files" / image.blob.key).exists()
    assert not (tmp_path / "kept/files" / changed.blob.key).exists()


def test_a_picture_the_storage_has_lost_since_stays_in_the_backup(
    kept: Path, image: Image
) -> None:
    default_storage.delete(image.blob.key)
    with pytest.raises(SystemExit):
        call_command("backup", str(kept), stderr=io.StringIO())
    said = io.StringIO()
    call_command("restore", str(kept), "--missing", stdout=said)
    assert "1 files were missing and are back." in said.getvalue()
    assert list(files(deep=True)) == []


def test_a_picture_deleted_meanwhile_is_no_damage(image: Image, tmp_path: Path) -> None:
    class Meanwhile(Making):
        def write_files(self) -> None:
            image.remove()
            super().write_files()

    packing = Folder(tmp_path / "kept")
    done = Meanwhile(packing, SILENT).make()
    packing.finish()
    assert (done.damaged, done.files) == (0, 0)
    assert source_at(tmp_path / "kept").manifest().deleted == 1
    text = (tmp_path / "kept/deleted.txt").read_text()
    assert text == f"{image.blob_id}\n"


def test_an_installation_in_use_is_not_restored_into(kept: Path, image: Image) -> None:
    with pytest.raises(CommandError, match="not empty: there are rows in .*imaging"):
        call_command("restore", str(kept), stdout=io.StringIO())
    assert Image.objects.get() == image


def test_another_key_is_told_before_anything_else(
    kept: Path, settings: Settings
) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="opens 0 of the 1 secrets"):
        call_command("restore", str(kept), stdout=io.StringIO())


def spoil_rows(kept: Path) -> None:
    flip(kept / "rows/imaging.image.jsonl.gz")


def spoil_list(kept: Path) -> None:
    flip(kept / "SHA256SUMS", 3)


def spoil_manifest(kept: Path) -> None:
    path = kept / "manifest.json"
    path.write_text(path.read_text().replace('"files": ', '"files": 1'))


def cut_manifest(kept: Path) -> None:
    path = kept / "manifest.json"
    path.write_bytes(path.read_bytes()[:100])


def lose_manifest(kept: Path) -> None:
    (kept / "manifest.json").unlink()


def lose_rows(kept: Path) -> None:
    (kept / "rows/imaging.image.jsonl.gz").unlink()


def come_from_later(kept: Path) -> None:
    said = source_at(kept).manifest()
    said.migrations.append(["imaging", "0999_flying"])
    (kept / "manifest.json").write_text(said.text())


def come_in_another_form(kept: Path) -> None:
    said = source_at(kept).manifest()
    said.format = 2
    (kept / "manifest.json").write_text(said.text())


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoil_rows, "damaged: rows/imaging.image.jsonl.gz"),
        (spoil_list, "list of digests of this backup is damaged"),
        (spoil_manifest, "manifest of this backup has been changed"),
        (cut_manifest, "manifest of this backup is damaged"),
        (lose_manifest, "has no manifest: it is no backup, or one that was broken"),
        (lose_rows, "damaged: rows/imaging.image.jsonl.gz"),
        (come_from_later, "newer Darkroom .* does not know imaging.0999_flying"),
        (come_in_another_form, "has format 2"),
    ],
)
def test_what_is_no_whole_backup_is_refused(
    kept: Path, spoil: Callable[[Path], None], words: str
) -> None:
    spoil(kept)
    with pytest.raises(CommandError, match=words):
        call_command("restore", str(kept), "--check", stdout=io.StringIO())


def test_a_flipped_bit_in_a_picture_is_found(
    kept: Path, tar: Path, image: Image
) -> None:
    flip(kept / "files" / image.blob.key)
    data = tar.read_bytes()
    with image.blob.open() as stream:
        flip(tar, data.index(stream.read()) + 7)
    for path in (kept, tar):
        with pytest.raises(CommandError, match=f"1 files .*{image.blob.key}"):
            call_command("restore", str(path), "--check", stdout=io.StringIO())


def test_a_tar_is_whole_or_none_wherever_it_breaks_off(tar: Path) -> None:
    call_command("restore", str(tar), "--check", stdout=io.StringIO())
    data = tar.read_bytes()
    end = data.rindex(b'"sha256"')
    for length in (0, 100, 512, 5_000, len(data) // 2, end):
        tar.write_bytes(data[:length])
        with pytest.raises(CommandError, match=r"no tar|no manifest|damaged|missing"):
            call_command("restore", str(tar), "--check", stdout=io.StringIO())


def test_where_there_is_no_room_the_old_backup_stays(
    kept: Path, image: Image, studio: Team
) -> None:
    an_image(studio, bytes(100_000))
    before = (kept / "manifest.json").read_bytes()
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, usual[1]))
    try:
        with pytest.raises(BackupError, match="could not be written: File too large"):
            make(Folder(kept), SILENT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert (kept / "manifest.json").read_bytes() == before
    assert [path.name for path in kept.parent.iterdir()] == ["kept"]


def test_what_a_killed_one_left_is_no_obstacle(kept: Path, tmp_path: Path) -> None:
    kept.rename(tmp_path / "kept.previous")
    (tmp_path / "kept.partial/files").mkdir(parents=True)
    call_command("backup", str(kept), stderr=io.StringIO())
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert check(source_at(kept), SILENT)[1] == []


def test_two_at_once_and_strange_places_are_refused(kept: Path, tmp_path: Path) -> None:
    held = Folder(kept)
    with pytest.raises(CommandError, match="Another backup is being written"):
        call_command("backup", str(kept), stderr=io.StringIO())
    held.discard()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("dear")
    for name in ("kept.previous", "new.partial"):
        (tmp_path / name).symlink_to(tmp_path / "mine")
    refused = {
        "mine": "holds no backup",
        "mine/letter.txt": "folder",
        "kept": "is in the way",
        "new": "is in the way",
    }
    for path, words in refused.items():
        with pytest.raises(CommandError, match=words):
            call_command("backup", str(tmp_path / path), stderr=io.StringIO())
    assert (tmp_path / "mine/letter.txt").read_text() == "dear"
