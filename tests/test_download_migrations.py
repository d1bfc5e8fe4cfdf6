"""Downloads of an older site: each gets its team, each guest a number."""

import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from tests.run import clean_environment
from tests.services import ROOT

TEAM, IMAGE, LINK = (uuid.UUID(int=n).hex for n in (1, 2, 3))
AT = "2026-01-0{} 12:00:00"


def insert(site: sqlite3.Connection, table: str, **values: Any) -> None:
    """Insert a row; what must not be null and is not named is nought."""
    columns = site.execute(f"PRAGMA table_info(imaging_{table})").fetchall()
    empty = {name: "0" for _n, name, _type, needed, *_more in columns if needed}
    row = empty | {"id": uuid.uuid4().hex} | values
    places = ", ".join("?" * len(row))
    names = ", ".join(f'"{name}"' for name in row)
    # The names are those of our own tables.
    site.execute(
        f"INSERT INTO imaging_{table} ({names}) VALUES ({places})",  # noqa: S608
        list(row.values()),
    )


def migrate(folder: Path, *name: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "-v", "0"]
    env = clean_environment() | {"DARKROOM_DATA": str(folder)}
    subprocess.run([*command, *name], cwd=ROOT, env=env, check=True)


def test_old_downloads_get_their_team_and_guests_their_numbers(tmp_path: Path) -> None:
    migrate(tmp_path, "imaging", "0015_records_within")
    with sqlite3.connect(tmp_path / "darkroom.sqlite3") as site:
        insert(site, "team", id=TEAM, name="Studio")
        insert(site, "blob", id=IMAGE, team_id=TEAM)
        insert(site, "image", id=IMAGE, team_id=TEAM, blob_id=IMAGE)
        insert(site, "sharelink", id=LINK, team_id=TEAM)
        for day, visitor in enumerate(["guest:b", "guest:a", "guest:b", "user:1"], 1):
            through = {"link_id": LINK, "visitor": visitor, "at": AT.format(day)}
            insert(site, "download", image_id=IMAGE, note="{}", **through)
    migrate(tmp_path)
    with sqlite3.connect(tmp_path / "darkroom.sqlite3") as site:
        rows = site.execute(
            "SELECT visitor, team_id, guest FROM imaging_download ORDER BY at"
        ).fetchall()
    assert rows == [
        ("guest:b", TEAM, 1),
        ("guest:a", TEAM, 2),
        ("guest:b", TEAM, 1),
        ("user:1", TEAM, None),
    ]
