"""A backup made while others work, by an older Darkroom, or restored with trouble."""

import gzip
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from imaging.operating.backups.unpacking import source_at
from tests.installing import Installation
from tests.services import ROOT
from tests.test_backup import folder as folder
from tests.test_backup import servers as servers
from tests.test_backup import source as source


def refused(site: Installation, *arguments: str) -> str:
    """Run a command that must fail; return what it says."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=site.env,
        capture_output=True,
        text=True,
    )
    assert done.returncode
    return done.stderr


def replace_in_rows(kept: Path, table: str, old: str, new: str) -> None:
    """Forge rows, with all digests that they need."""
    path = kept / f"rows/{table}.jsonl.gz"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    text = gzip.decompress(path.read_bytes()).decode()
    assert old in text
    path.write_bytes(gzip.compress(text.replace(old, new).encode()))
    sums = kept / "SHA256SUMS"
    after = hashlib.sha256(path.read_bytes()).hexdigest()
    sums.write_text(sums.read_text().replace(before, after))
    said = source_at(kept).manifest()
    said.sums = hashlib.sha256(sums.read_bytes()).hexdigest()
    (kept / "manifest.json").write_text(said.text())


def stored(site: Installation) -> list[Path]:
    return [path for path in (site.data / "files").rglob("*") if path.is_file()]


def test_it_is_all_or_nothing(
    source: Installation, folder: Path, tmp_path: Path
) -> None:
    site = Installation(tmp_path / "site")
    stranger = site.data / "files/cats.jpg"
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"cats")
    assert "cats.jpg is in it, and not in this" in refused(site, "restore", str(folder))
    stranger.unlink()

    forged = tmp_path / "forged"
    shutil.copytree(folder, forged)
    image = source.ask("image_id()")
    replace_in_rows(forged, "imaging.download", image, str(uuid4()))
    assert "Rows refer to" in refused(site, "restore", str(forged))
    assert stored(site) == []
    assert site.ask("tables()") == []

    # A process that was killed has left some of it: another goes on.
    some = [path for path in (folder / "files").rglob("*") if path.is_file()][0]
    left = site.data / some.relative_to(folder)
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    assert "Everything is as it should be." in site.manage("restore", str(folder))
    assert site.ask("facts()") == source.facts
    assert "is not empty: there are rows" in refused(site, "restore", str(folder))


def test_an_older_backup_is_taken_through_the_newer_migrations(tmp_path: Path) -> None:
    old, new = Installation(tmp_path / "old"), Installation(tmp_path / "new")
    name = old.ask(f"keep_old({str(tmp_path / 'kept')!r})")
    assert "Run manage.py migrate first." in refused(old, "backup", str(tmp_path / "b"))
    new.manage("migrate", "-v0")
    assert "Everything is as it should be." in new.manage("restore", f"{tmp_path}/kept")
    assert new.ask("old_names()") == [name]
    new.manage("migrate", "--check")


@pytest.mark.both
def test_what_others_do_meanwhile_changes_nothing(
    source: Installation, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    assert source.ask(f"keep_while_others_work({str(kept)!r})") == [3, 0, []]
    site = Installation(tmp_path / "site")
    said = site.manage("restore", str(kept), "--pause")
    assert "Everything is as it should be." in said
    assert site.ask("paused()") == ["local"]
    there = site.ask("facts()")
    there["counts"]["imaging.providercontrol"] -= 1
    assert there == source.facts
    gone = {UUID(pk).hex for pk in (kept / "deleted.txt").read_text().split()}
    assert gone.isdisjoint(path.parent.name for path in stored(site))
