"""A site to take files from over real sockets, and a way in behind its stage.

As a module it is what works behind the stage, see `tests.backstage`.
"""

import hashlib
import http.client
import os
import re
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.application import Application, application
from tests.backstage import Backstage, answer
from tests.services import eventually, scratch

DOWNLOAD = "/images/{}/download/"
IMAGE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@dataclass(frozen=True)
class Got:
    """What a client got."""

    status: int
    data: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


class Site(Backstage):
    """A site that serves files, and what its database says of them."""

    def __init__(self, site: Application, access: Path) -> None:
        super().__init__(__name__, site.env)
        self.port, self.access, self.log = site.port, access, site.log("web")
        self.web, self.files = site.processes["web"].pid, site.data / "files"

    def image(self, size: int) -> tuple[str, str]:
        """Make an image; return the address of its download, and its digest."""
        image, digest = self.call("image", size)
        return DOWNLOAD.format(image), digest

    def key(self, image: str) -> str:
        """Return where in `files` the bytes of an image lie."""
        return str(Path(self.call("path", image)).relative_to(self.files))

    def count(self, address: str) -> int:
        """Count the downloads of the image with this address."""
        return int(self.call("count", IMAGE.findall(address)[-1]))

    @contextmanager
    def asking(
        self,
        address: str,
        cookie: str,
        method: str = "GET",
        query: str = "",
        **headers: str,
    ) -> Iterator[http.client.HTTPResponse]:
        """Ask for a file and get its headers; at the end the server is done with it."""
        mark = uuid.uuid4().hex
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request(
            method, f"{address}?{mark}&{query}", headers={"Cookie": cookie, **named}
        )
        response = line.getresponse()
        try:
            yield response
        finally:
            response.close()
            line.close()
        eventually("the server is done", lambda: mark in self.access.read_text(), 90)

    def get(self, address: str, cookie: str, *method: str, **headers: str) -> Got:
        with self.asking(address, cookie, *method, **headers) as response:
            return Got(response.status, response.read())

    def memory(self) -> int:
        """Return how many bytes a process of the web server held at the most."""
        said = Path(f"/proc/{self.web}/task/{self.web}/children").read_text().split()
        peaks = [Path(f"/proc/{pid}/status").read_text() for pid in [self.web, *said]]
        return max(int(re.findall(r"VmHWM:\s+(\d+)", one)[0]) for one in peaks) << 10

    def kept(self, response: http.client.HTTPResponse) -> int:
        """Return how many bytes the kernel keeps between the server and a client."""
        client = int(response.fp.raw._sock.getsockname()[1])  # type: ignore[attr-defined]
        total = 0
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            ports = {int(port, 16) for port in re.findall(r":([0-9A-F]{4}) ", line)}
            if ports == {self.port, client}:
                total += sum(int(queue, 16) for queue in line.split()[4].split(":"))
        return total


@contextmanager
def serving(**variables: str) -> Iterator[Site]:
    """Run the web server of a site of its own while the block does."""
    with scratch("access") as folder:
        access = folder / "access.log"
        variables["GUNICORN_CMD_ARGS"] = f"--access-logfile={access}"
        with application("web", **variables) as running, Site(running, access) as site:
            yield site


# Behind the stage.


def image(size: int) -> list[str]:
    from imaging.models import Team
    from tests.stored import add_rendition, an_image

    team, _ = Team.objects.get_or_create(name="Studio")
    made = an_image(team, secrets.token_bytes(size))
    add_rendition(made, "320", b"small")
    return [str(made.pk), made.blob.digest]


def hollow(sizes: list[int]) -> list[str]:
    """Make images of nothing but zeros, which take no room on the disk."""
    from django.core.files.storage import default_storage

    from imaging.models import Blob, Team
    from tests.stored import an_image

    team, _ = Team.objects.get_or_create(name="Studio")
    made = [an_image(team, secrets.token_bytes(9)) for _ in sizes]
    for one, size in zip(made, sizes, strict=True):
        os.truncate(default_storage.path(one.blob.key), size)
        Blob.objects.filter(pk=one.blob_id).update(size=size)
    return [str(one.pk) for one in made]


def person() -> str:
    """Make a member of the team; return the cookie of their session."""
    from django.test import Client

    from imaging.models import Membership, Team, User

    user = User.objects.create_user(f"{uuid.uuid4()}@example.org")
    team, _ = Team.objects.get_or_create(name="Studio")
    Membership.objects.create(team=team, user=user)
    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}"


def shared(limit: int | None, password: str = "") -> list[str]:
    """Share a picture by a link; return the address of its download."""
    from imaging.models import Gallery, Membership, ShareLink, Team, User
    from tests import drawing
    from tests.stored import an_image

    team, _ = Team.objects.get_or_create(name="Studio")
    user = User.objects.create_user(f"{uuid.uuid4()}@example.org")
    Membership.objects.create(team=team, user=user)
    bmp = {"format": "bmp", "content_type": "image/bmp", "extension": ".bmp"}
    image = an_image(team, drawing.bmp(600, 500, seed=user.pk.int % 9999), **bmp)
    gallery = Gallery.objects.create(team=team, owner=user, name="Shared")
    gallery.add([image.pk], user)
    fields = {"password": password, "mode": "full", "download_limit": limit}
    link = ShareLink.objects.make(gallery, user, **fields)
    return [f"/s/{link.token}/{image.pk}/download", str(link.pk)]


def of_link(pk: str) -> list[int | None]:
    """Return how often there was a download through a link, and what is left."""
    from imaging.models import ShareLink

    link = ShareLink.objects.with_downloads().get(pk=pk)
    return [link.download_count, link.left]


def guests_of(link: str) -> list[int]:
    """Return the numbers of those who took something through a link, in order."""
    from imaging.models import Download

    rows = Download.objects.filter(link=link).order_by("guest")
    return [row.guest or 0 for row in rows]


def door(port: int) -> str:
    """Let somebody send files; return the address to which they may be PUT."""
    from django.test import RequestFactory

    from imaging.api.presigned import put_address
    from imaging.models import Membership, Team, Upload, User

    team, _ = Team.objects.get_or_create(name="Studio")
    user = User.objects.create_user(f"{uuid.uuid4()}@example.org")
    Membership.objects.create(team=team, user=user)
    upload = Upload.objects.permit(team, user, "a.jpg")
    request = RequestFactory().get("/", SERVER_PORT=port, SERVER_NAME="127.0.0.1")
    return put_address(request, upload).partition(f":{port}")[2]


def path(image: str) -> str:
    """Return where the bytes of an image lie on the disk."""
    from django.core.files.storage import default_storage

    from imaging.models import Image

    return default_storage.path(Image.objects.get(pk=image).blob.key)


def count(image: str) -> int:
    from imaging.models import Download

    return Download.objects.filter(image_id=image).count()


def age(seconds: float) -> int:
    """Let all downloads have happened earlier; return how many there are."""
    from datetime import timedelta

    from django.db.models import F

    from imaging.models import Download

    return Download.objects.update(at=F("at") - timedelta(seconds=seconds))


if __name__ == "__main__":
    answer(image, hollow, door, path, person, count, age, shared, of_link, guests_of)
