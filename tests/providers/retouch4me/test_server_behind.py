"""Darkroom as the Retouch4me of another Darkroom: two whole installations."""

from pathlib import Path

from PIL import Image

from tests.behind import darkroom_behind, in_front_of
from tests.providers.retouch4me.test_server_result import FACE
from tests.providers.straight import processed

LAYERS = """
from imaging.models import Result
rows = Result.objects.filter(kind="layer")
print(*sorted(row.data["plugin"] for row in rows))
"""


def test_one_darkroom_retouches_for_another(tmp_path: Path) -> None:
    folders = [tmp_path / "flat", tmp_path / "layers"]
    for folder in folders:
        folder.mkdir()
        (folder / "photo.jpg").write_bytes(FACE)
    with (
        darkroom_behind() as behind,
        in_front_of(behind, "retouch4me", token=behind.token) as site,
    ):
        (flat,) = processed(site, "retouch4me", folders[0])
        made = processed(site, "retouch4me", folders[1], "-o", "result=layers")
        kept = site.manage("shell", "-v0", "-c", LAYERS).strip()
        log = behind.site.logs(10_000) + site.logs(10_000)
        tasks = behind.get("/tasks?limit=10")["items"]
    for path in (flat, *made):
        assert Image.open(path).size == (840, 810)
    # What came as layers was laid on the picture here.
    assert kept == "Dodge Burn Heal"
    assert behind.token not in log
    assert [one["state"] for one in tasks] == ["completed"] * 2
