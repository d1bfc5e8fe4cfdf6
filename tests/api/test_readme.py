"""The examples of the README's chapter on the API, run as they stand there."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from PIL import Image

from tests.application import Application
from tests.drawing import jpeg
from tests.services import ROOT, missing

PERSON = "curl@example.com"
HERE = {
    "http://127.0.0.1:8000": "{url}",
    "you@example.com": PERSON,
    ".venv/bin/python manage.py": f"{ROOT}/.venv/bin/python {ROOT}/manage.py",
}


def examples(url: str) -> str:
    """Return all examples as one script; only host and person are other ones."""
    chapter = (ROOT / "README.md").read_text().partition("\n## The API\n")[2]
    chapter = chapter.partition("\n## ")[0]
    script = "\n".join(re.findall(r"```sh\n(.*?)```", chapter, re.S))
    for said, here in HERE.items():
        assert said in script
        script = script.replace(said, here.format(url=url))
    return script


def test_the_examples_do_what_is_said_of_them(
    server: Application, tmp_path: Path
) -> None:
    assert not missing("curl"), "The examples need curl: apt-get install curl"
    server.add_person(PERSON)
    (tmp_path / "photo.jpg").write_bytes(jpeg(200, 150))
    # Readers of JPEG stop at its end: what follows makes a second part of it.
    (tmp_path / "large.jpg").write_bytes(jpeg(300, 200) + bytes(9 << 20))
    done = subprocess.run(
        [shutil.which("sh") or "sh", "-eu"],
        input=examples(server.url),
        cwd=tmp_path,
        env={**server.env, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    verdict, large, hung, link, name = done.stdout.split()
    assert verdict == "ok"
    assert re.fullmatch(r"[0-9a-f-]{36}", large)
    assert hung == "1"
    assert re.fullmatch(rf"{server.url}/s/wedding-\w{{24}}", link)
    assert name.endswith(".jpg")
    with Image.open(tmp_path / "result.jpg") as result:
        assert result.size == (400, 300)
