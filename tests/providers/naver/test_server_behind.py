"""Darkroom as the Naver of another Darkroom: two whole installations."""

import json
import re
import subprocess
import sys
from pathlib import Path

import requests

from tests.application import Application
from tests.behind import Behind, darkroom_behind, in_front_of
from tests.drawing import heic, jpeg
from tests.services import ROOT


def process(site: Application, *arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "process", *arguments, "--provider", "naver"],
        cwd=ROOT,
        env=site.env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{done.stderr}\n{site.logs()}"
    return done.stdout


def keep(behind: Behind, path: Path) -> None:
    """Store a picture in the library of the Darkroom behind."""
    with path.open("rb") as file:
        answer = requests.post(
            f"{behind.url}/api/v1/images",
            headers={"Authorization": f"Bearer {behind.token}"},
            files={"file": file},
            timeout=30,
        )
    assert answer.status_code == 201, answer.text


def test_one_darkroom_searches_in_another(tmp_path: Path) -> None:
    photo, phone, out = (tmp_path / name for name in ("a.jpg", "b.heic", "out"))
    photo.write_bytes(jpeg())
    phone.write_bytes(heic(320, 240))
    with darkroom_behind() as behind:
        keep(behind, photo)
        pair = {"access_key": behind.access_key, "secret_key": behind.secret_key}
        with in_front_of(behind, "naver", workspace="alice", **pair) as site:
            keys = process(site, photo, phone, "--out", out).split()
            process(site, photo, "--operation", "search", "--out", out)
        stored = behind.get("/images")["items"]
    assert [re.sub("[0-9a-f-]{32,36}", "#", key) for key in keys] == [
        "images/#/#.jpg",
        "images/#/#.jpg",
    ]
    (written,) = out.iterdir()
    found = json.loads(written.read_text())
    # What was sent to search by is in the library for a day, and not searched.
    assert len(stored) == 4
    assert found["total"] == 1
    assert found["matches"][0]["score"] > 0.95
    assert found["asset_key"].endswith(".jpg")
