"""One Darkroom as the Haut.AI of another: a face goes through both, whole."""

import json
import subprocess
import sys
from pathlib import Path

from tests.behind import Behind, in_front_of
from tests.providers.haut.test_server_images import face
from tests.services import ROOT


def test_a_darkroom_is_the_haut_of_another(behind: Behind, tmp_path: Path) -> None:
    names = ("anna.jpg", "anna_left.jpg")
    for name in names:
        (tmp_path / name).write_bytes(face())
    out = tmp_path / "out"
    command = [sys.executable, "manage.py", "process", "--provider", "haut"]
    told = [*(tmp_path / name for name in names), "--subject", "Anna", "--consent"]
    # With a token alone: in which company it works, the profile says.
    with in_front_of(behind, "haut", token=behind.token) as site:
        done = subprocess.run(
            [*command, *told, "-o", "side=name", "--out", out],
            cwd=ROOT,
            env=site.env,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr + site.logs() + behind.site.logs()
        said = json.loads((out / "anna_left.jpg.json").read_text())
        assert behind.token not in site.logs(10_000) + behind.site.logs(10_000)
    assert said["picture"]["side"] == "left"
    assert len(said["masks"]) == len(said["algorithms"]) == 8
    assert not said["missed"]
    assert 0 < said["quality"]["score"] <= 1
    # There both sides were one batch, and its values are those that came here.
    rows = behind.get("/tasks?operation=skin-analysis")["items"]
    [left] = [one for one in rows if one["batch"] == rows[0]["batch"]][1:]
    made = behind.get(f"/tasks/{left['id']}/results")["items"]
    theirs = next(one["data"] for one in made if one["kind"] == "report")
    values = [
        [one["result"]["main_metric"] for one in report["algorithms"]]
        for report in (said, theirs)
    ]
    assert values[0] == values[1]
