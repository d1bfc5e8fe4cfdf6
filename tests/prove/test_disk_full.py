"""Nothing more can be written: each door says so, keeps nothing, and goes on later."""

import io
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.application import PASSWORD
from tests.drawing import bmp
from tests.faults.site import LIMIT, Site, running_site
from tests.prove.traffic import OWNER
from tests.services import ROOT, eventually
from tests.visiting import Visitor

pytestmark = pytest.mark.prove
# No file may be longer; the picture is, and the database is not.
LONGEST = 6_000_000
PICTURE = bmp(2_000, 1_500, seed=7)


class Full:
    """A site with a person's browser and program."""

    def __init__(self, site: Site) -> None:
        self.site, self.url = site, site.site.url
        site.site.add_person(OWNER)
        token = site.site.manage("apitoken", OWNER).splitlines()[0]
        self.headers = {"Authorization": f"Bearer {token}"}
        self.browser = Visitor(site.site)
        self.browser.fill_in("/accounts/login/", login=OWNER, password=PASSWORD)
        self.browser.visit("/upload/")

    def upload(self) -> requests.Response:
        return requests.post(
            f"{self.url}/api/v1/images",
            files={"file": ("a.bmp", PICTURE)},
            headers=self.headers,
            timeout=60,
        )

    def send_form(self, accept: str) -> requests.Response:
        return self.browser.post(
            f"{self.url}/upload/file/",
            {"csrfmiddlewaretoken": self.browser.token},
            files={"file": ("a.bmp", PICTURE)},
            headers={"Accept": accept},
            timeout=60,
        )

    def order(self, image: str, **wanted: Any) -> str:
        said = {"images": [image], **wanted}
        answer = requests.post(
            f"{self.url}/api/v1/batches", json=said, headers=self.headers, timeout=60
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["tasks"][0]["id"])

    def task(self, pk: str) -> dict[str, Any]:
        return dict(self.get(f"/api/v1/tasks/{pk}").json())

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, headers=self.headers, timeout=60)

    @contextmanager
    def no_room(self, *names: str) -> Iterator[None]:
        """Let these processes write no long file while the block runs."""
        self.bound(names, LONGEST)
        try:
            yield
        finally:
            self.bound(names, resource.RLIM_INFINITY)

    def bound(self, names: tuple[str, ...], most: int) -> None:
        for name in names:
            for process in self.site.family(name):
                hard = resource.RLIM_INFINITY
                process.rlimit(psutil.RLIMIT_FSIZE, (most, hard))

    def is_clean(self) -> bool:
        """Say whether nothing half is there: no temporary, no row without bytes."""
        left = list((self.site.site.data / "tmp").iterdir())
        return not left and self.site.is_in_order()


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Full]:
    folder = tmp_path_factory.mktemp("full")
    with running_site(folder, "web", DATABASE_URL="", REDIS_URL="") as site:
        yield Full(site)


@pytest.fixture
def image(full: Full) -> str:
    answer = full.upload()
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_an_upload_is_refused_and_taken_later(full: Full) -> None:
    with full.no_room("web"):
        answer = full.upload()
        assert (answer.status_code, answer.json()["code"]) == (507, "no_room")
        page = full.send_form("text/html")
        assert page.status_code == 507, page.text[:500]
        assert "There is no room left" in page.text
        assert full.send_form("application/json").json()["code"] == "no_room"
        assert full.get("/api/v1/images").json()["items"] == []
        eventually("nothing half is there", full.is_clean, LIMIT)
    assert full.upload().status_code == 201
    assert full.send_form("application/json").ok


@pytest.mark.parametrize(
    "wanted",
    [
        {"provider": "lab", "operation": "develop", "options": {"seconds": 0.1}},
        {"provider": "local", "operation": "convert", "options": {"format": "bmp"}},
    ],
    ids=["fetched", "made here"],
)
def test_a_result_waits_for_room(full: Full, image: str, wanted: Any) -> None:
    with full.no_room("worker", "engine"):
        pk = full.order(image, **wanted)
        eventually("it says why", lambda: full.task(pk)["code"], LIMIT)
        said = full.task(pk)
        assert said["code"] in {"no_room", "storage"}, said
        assert said["message"], said
        assert full.site.paid(pk) == (wanted["provider"] == "lab")
    assert full.site.ended([pk])[0]["state"] == "completed"
    eventually("nothing half is there", full.is_clean, LIMIT)


def test_a_zip_needs_no_room(full: Full, image: str) -> None:
    with full.no_room("web"):
        answer = full.browser.get(f"{full.url}/zip/?image={image}", timeout=60)
    assert answer.status_code == 200, answer.text[:500]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.read(archive.namelist()[0]) == PICTURE


def test_a_backup_that_finds_no_room_leaves_none(
    full: Full, image: str, tmp_path: Path, proved: Callable[[str], None]
) -> None:
    to = tmp_path / "backup.tar"

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LONGEST, LONGEST))

    done = subprocess.run(
        [sys.executable, "manage.py", "backup", str(to)],
        cwd=ROOT,
        env=full.site.site.env,
        preexec_fn=bounded,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stderr.strip(), "it does not say why"
    assert not list(tmp_path.iterdir()), "something half is there"
    full.site.site.manage("backup", str(to))
    eventually("nothing half is there", full.is_clean, LIMIT)
    proved(
        f"No file longer than {LONGEST:,} bytes: uploads by form and program, results "
        "fetched and made here, and a backup each said why, left nothing half, and "
        "went on when there was room; no process ended."
    )
