"""A person and programs who use all of a running site, and look at each answer."""

from __future__ import annotations

import hashlib
import io
import random
import re
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from typing import Any

import requests

from tests.doors import PROGRAMS, Doors, bearer
from tests.services import eventually
from tests.test_doors_under_load import data

HERE = "/api/v1"
# Guests may have only so much waiting, and a team has one logo.
DOORS = ["form", "page", "parts", "similar", "sessions", *PROGRAMS]
ENDED = {"completed", "error", "cancelled"}
WATCH = re.compile(r'data-address="([^"]+)" data-since="(\d+)" data-permit="([^"]*)"')
# What came by the doors goes by age, and the hourly housekeeping is run by a worker.
TIDY = f"""
from datetime import timedelta
from django.db.models import Q
from django.utils import timezone
from django_q.tasks import async_task
from imaging.models import Image
now, by_door = timezone.now(), Q()
for door in {DOORS}:
    by_door |= Q(name__startswith=door)
before = now - timedelta(minutes=1)
old = Image.objects.filter(by_door, trashed=None, created__lt=before).idle()
old.update(trashed=now - timedelta(days=400))
async_task("imaging.upkeep.prune", cluster="worker")
"""


class Client:
    """Uses the site in turns, each a few acts that belong together."""

    def __init__(self, doors: Doors, name: str) -> None:
        self.doors, self.name, self.site = doors, name, doors.site
        self.dice = random.Random(name)  # noqa: S311 - repeatable
        self.keys = doors.key(len(name) + ord(name[-1]))
        self.browser = requests.Session()
        self.browser.cookies.update(doors.browser.cookies.get_dict())
        self.done: Counter[str] = Counter()
        self.turn = 0

    @property
    def turns(self) -> list[Callable[[], None]]:
        return [
            self.keep_and_look,
            self.work_here,
            self.work_there,
            self.share,
            self.upload_anywhere,
            self.look_around,
            self.look_at_the_console,
        ]

    def live(self, until: float) -> None:
        """Take one turn after the other until a moment, in an order of its own."""
        while time.monotonic() < until:
            order = self.turns
            self.dice.shuffle(order)
            for turn in order:
                if time.monotonic() < until:
                    turn()
                    self.done[turn.__name__] += 1

    # What the turns are made of.

    def api(self, method: str, path: str, body: Any = None, **how: Any) -> Any:
        answer = self.doors.call(
            method, HERE + path, json=body, headers=bearer(self.keys), **how
        )
        return answer.json() if answer.content else None

    def page(self, path: str, **query: Any) -> requests.Response:
        url = path if path.startswith("http") else self.site.url + path
        answer = self.browser.get(url, params=query, timeout=120)
        assert answer.ok, f"GET {path}: {answer.status_code} {answer.text[:300]}"
        assert "/accounts/login/" not in answer.url, f"GET {path}: signed out"
        return answer

    def post(self, path: str, **form: Any) -> requests.Response:
        form["csrfmiddlewaretoken"] = self.doors.browser.token
        answer = self.browser.post(
            self.site.url + path, form, timeout=120, headers={"Origin": self.site.url}
        )
        assert answer.ok, f"POST {path}: {answer.status_code} {answer.text[:300]}"
        return answer

    def new_picture(self) -> tuple[str, bytes]:
        """Upload a picture that nobody has; return its id and its bytes."""
        self.turn += 1
        sent = data(self.turn % 50, f"{self.name}{self.turn}-")
        files = {"file": (f"{self.name}-{self.turn}.jpg", sent)}
        return str(self.api("POST", "/images", files=files)["id"]), sent

    def throw_away(self, *images: str) -> None:
        for image in images:
            self.api("DELETE", f"/images/{image}")
        self.post("/trash/delete/", image=",".join(images))

    def ended(self, batch: str) -> list[dict[str, Any]]:
        """Wait until a batch has ended; all of it must be completed."""

        def over() -> Any:
            found = self.api("GET", f"/batches/{batch}/results")["items"]
            return found if all(one["state"] in ENDED for one in found) else None

        found: list[dict[str, Any]] = eventually(f"batch {batch} ends", over, 240)
        assert {one["state"] for one in found} == {"completed"}, found
        return found

    # The turns.

    def keep_and_look(self) -> None:
        """Upload, look, download, take as a ZIP, throw away: the same bytes again."""
        kept = dict(self.new_picture() for _ in range(3))
        for image, sent in kept.items():
            assert self.page(f"/images/{image}/download/").content == sent
            assert self.page(f"/images/{image}/320").content[8:12] == b"WEBP"
            self.page(f"/images/{image}/")
        packed = self.page("/zip/", image=",".join(kept)).content
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            got = {digest(archive.read(one)) for one in archive.namelist()}
        assert {digest(sent) for sent in kept.values()} <= got
        self.throw_away(*kept)

    def order(self, image: str, provider: str, operation: str, **options: Any) -> str:
        order = {"images": [image], "provider": provider, "operation": operation}
        said = self.api("POST", "/batches", {**order, "options": options})
        return str(said["id"])

    def work_here(self) -> None:
        image, _sent = self.new_picture()
        batch = self.order(image, "local", "convert", format="png")
        self.watch(batch)
        self.ended(batch)
        self.throw_away(image)

    def work_there(self) -> None:
        image, _sent = self.new_picture()
        batch = self.order(image, "lab", "develop", seconds=0.5)
        self.watch(batch)
        self.ended(batch)
        self.throw_away(image)

    def watch(self, batch: str) -> None:
        """Ask as a watching page does, until the page says that all has ended."""
        page, until = self.page(f"/batches/{batch}/").text, time.monotonic() + 240
        while "data-open" in page:
            assert time.monotonic() < until, f"batch {batch} stays open"
            address, since, permit = WATCH.findall(page)[0]
            answer = self.page(address, since=since, permit=permit)
            page = answer.text if answer.status_code == 200 else page
            time.sleep(0.5)

    def share(self) -> None:
        """Show a gallery to a guest, who opens, looks and takes; end the link."""
        image, sent = self.new_picture()
        gallery = self.api("POST", "/galleries", {"name": self.name})["id"]
        self.api("POST", f"/galleries/{gallery}/items", {"images": [image]})
        wanted = {"mode": "full", "as_they_are": True, "download_limit": 1}
        link = self.api("POST", f"/galleries/{gallery}/shares", wanted)
        guest, other = requests.Session(), requests.Session()
        own = link["url"]
        assert image in guest.get(own, timeout=120).text
        assert guest.get(f"{own}/{image}/320", timeout=120).ok
        assert guest.get(f"{own}/{image}/download", timeout=120).content == sent
        assert other.get(f"{own}/{image}/download", timeout=120).status_code == 403
        path = f"/shares/{link['id']}"
        counted = [1, 0]
        eventually(
            "the guest's download is counted",
            lambda: (
                [self.api("GET", path)[one] for one in ("download_count", "left")]
                == counted
            ),
        )
        self.api("POST", f"{path}/revoke")
        assert guest.get(own, timeout=120).status_code == 410
        self.api("DELETE", f"/galleries/{gallery}")
        self.throw_away(image)

    def upload_anywhere(self) -> None:
        door = self.dice.choice(DOORS)
        self.turn += 1
        name = f"{door}{self.name}{self.turn}-0.jpg"
        sent = data(self.turn % 50, name)
        outcome = self.doors.send(door, sent, name, self.turn)
        assert outcome.taken, f"{door}: {outcome}"

    def look_around(self) -> None:
        for path in ("/", "/galleries/", "/batches/", "/trash/", "/activity/"):
            self.page(path)
        found = self.api("GET", "/images?limit=50")["items"]
        assert all(one["id"] for one in found)

    def look_at_the_console(self) -> None:
        page = self.page("/admin/").text
        for path in sorted(set(re.findall(r'href="(/admin/[a-z_/]+/)"', page))):
            if "logout" not in path:
                self.page(path)
        assert "darkroom_" in self.page("/metrics").text


def digest(sent: bytes) -> str:
    return hashlib.sha256(sent).hexdigest()
