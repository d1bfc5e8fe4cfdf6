"""Installations on stores of their own, filled, and what can be counted in them."""

import base64
import itertools
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import boto3

from tests.application import Application
from tests.services import create_database

KEY = base64.urlsafe_b64encode(b"a key of these tests: 32 bytes..").decode()
STORES = ("REDIS_URL", "DATABASE_URL", "ENCRYPTION_KEYS")
numbers = itertools.count(1)
# What must never stand in a backup as it was entered.
OLD = ("imaging", "0021_numbers_of_downloads")
CLEAR = "a-key-of-a-provider-nobody-may-read"


class Installation(Application):
    """An application on exactly these stores; its processes are not started."""

    def __init__(self, folder: Path, **stores: str) -> None:
        super().__init__(folder)
        for name in [*self.env]:
            if name in STORES or name.startswith("AWS_"):
                del self.env[name]
        self.env |= {"ENCRYPTION_KEYS": KEY, **stores}

    def ask(self, what: str) -> Any:
        """Call a function of this module in there; return what it returns."""
        code = "import json; from tests import installing as there; "
        code += f"print(json.dumps(there.{what}))"
        return json.loads(self.manage("shell", "-v0", "-c", code).splitlines()[-1])


def on_servers(servers: dict[str, str]) -> dict[str, str]:
    """Return a database and a bucket of these servers that nobody else uses."""
    number = f"{os.getpid()}-{next(numbers)}"
    database = f"{servers['DATABASE_URL'].rpartition('/')[0]}/installed_{number}"
    assert create_database(database)
    boto3.client(
        "s3",
        endpoint_url=servers["AWS_S3_ENDPOINT_URL"],
        region_name=servers["AWS_S3_REGION_NAME"],
        aws_access_key_id=servers["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=servers["AWS_SECRET_ACCESS_KEY"],
    ).create_bucket(Bucket=f"installed-{number}")
    bucket = {"AWS_STORAGE_BUCKET_NAME": f"installed-{number}"}
    amazon = {name: value for name, value in servers.items() if name[:4] == "AWS_"}
    return {**amazon, **bucket, "DATABASE_URL": database}


def fill() -> dict[str, Any]:
    """Fill an empty installation with some of everything; return `facts`."""
    from imaging import worker
    from imaging.models import (
        Gallery,
        Image,
        Order,
        ProviderAccount,
        ShareLink,
        Task,
        Team,
        User,
    )
    from imaging.models.downloads import GUEST, Download
    from tests.drawing import jpeg

    user = User.objects.create_superuser("op@example.com", "a lighthouse", name="안나")
    team = Team.objects.get(memberships__user=user)
    path = Path("/dev/shm") / f"picture-{os.getpid()}.jpg"  # noqa: S108
    images = []
    for side in (80, 90, 100):
        path.write_bytes(jpeg(side, side))
        images.append(
            Image.objects.store(path, team=team, owner=user, name=f"{side}.jpg")
        )
    path.unlink()
    order = Order.of(team, "local", "convert", {"format": "png"})
    batch = Task.objects.start(images, order, team=team, user=user)
    done, *_open = batch.tasks.all()
    worker.submit(str(done.pk))
    gallery = Gallery.objects.create(team=team, owner=user, name="Anna & Jörg 😀")
    gallery.add([image.pk for image in images], user)
    link = ShareLink.objects.make(gallery, user, mode="full")
    taken = {"door": "share", "link": link}
    assert Download.objects.count_once(images[0], f"{GUEST}1", **taken)
    assert Download.objects.count_once(images[1], f"{GUEST}2", **taken)
    ProviderAccount.objects.create(
        team=team, provider="kokoon", sealed=json.dumps({"token": CLEAR})
    )
    return facts()


def facts() -> dict[str, Any]:
    """Return what must be the same on both sides of a backup."""
    from django.apps import apps

    from imaging.models import Image, ProviderAccount, ShareLink, Team
    from imaging.operating.backups.rows import is_kept

    counts = {
        model._meta.label_lower: model._base_manager.count()
        for model in apps.get_models(include_auto_created=True)
        if is_kept(model._meta.label_lower) and not model._meta.proxy
    }
    del counts["imaging.auditevent"]
    links = ShareLink.objects.with_downloads()
    return {
        "counts": counts,
        "link": ShareLink.objects.get().token,
        "downloads": [one.download_count for one in links],
        "names": sorted(Image.objects.values_list("name", flat=True)),
        "bytes": list(Team.objects.values_list("bytes_used", flat=True)),
        "keys": [account.sealed for account in ProviderAccount.objects.all()],
    }


def keep_old(path: str) -> str:
    """Keep a backup as it was before the last migrations; return a person's name."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from imaging.operating.backups import rows
    from imaging.operating.backups.making import make
    from imaging.operating.backups.packing import Folder
    from imaging.operating.backups.progress import Progress

    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    others = [node for node in leaves if node[0] not in {"imaging", "admin", "mfa"}]
    executor.migrate([*others, OLD])
    tables = rows.tables_at(rows.applied())
    user = tables["imaging.user"].objects.create(email="old@example.com", name="Ada")
    tables["imaging.auditevent"].objects.create(action="joined", user=user)
    make(Folder(Path(path)), Progress(str))
    return str(user.name)


def keep_while_others_work(path: str) -> list[Any]:
    """Keep a backup; others store and delete pictures between its rows, and its files.

    Return how many pictures it says were deleted meanwhile, and what is damaged, when
    made and when read. Afterwards everything is here as it was before.
    """
    from django.db import connection

    from imaging.models import Gallery, Image
    from imaging.operating.backups.making import make
    from imaging.operating.backups.packing import Folder
    from imaging.operating.backups.progress import Progress
    from imaging.operating.backups.restoring import check
    from imaging.operating.backups.unpacking import source_at

    busy = Image.objects.filter(name__startswith="busy").order_by("created")
    for _ in range(3):
        store_another()
    Gallery.objects.get().add(
        [image.pk for image in busy], Image.objects.all()[0].owner
    )

    def others() -> None:
        store_another()
        busy.all()[0].remove()
        # Back to the pool: it would not be given back with the thread.
        connection.close()

    class Meanwhile(Progress):
        seen: ClassVar[set[str]] = set()

        def add(self, what: str, count: int, size: int = 0) -> None:
            if what not in self.seen:
                self.seen.add(what)
                with ThreadPoolExecutor(1) as other:
                    other.submit(others).result()

    made = make(Folder(Path(path)), Meanwhile(str))
    assert "Files" in Meanwhile.seen
    for image in busy.all():
        image.remove()
    told, damaged = check(source_at(Path(path)), Progress(str))
    return [told.deleted, made.damaged, damaged]


def store_another() -> None:
    """Store a picture that is not there yet."""
    from imaging.models import Image, Team, User
    from tests.drawing import jpeg

    number = next(numbers)
    path = Path(os.environ["DARKROOM_DATA"]) / "next.jpg"
    path.write_bytes(jpeg(200 + number, 64))
    user, team = User.objects.get(), Team.objects.get()
    Image.objects.store(path, team=team, owner=user, name=f"busy-{number}.jpg")
    path.unlink()


def image_id() -> str:
    from imaging.models import Download

    return str(Download.objects.values_list("image", flat=True)[0])


def tables() -> list[str]:
    from django.db import connection

    return connection.introspection.table_names()


def old_names() -> list[str]:
    from imaging.models import AuditEvent, User

    before = AuditEvent.objects.filter(action="joined", who="")
    return [User.objects.get(pk=event.user_id).name for event in before]


def seen() -> list[Any]:
    """Open the share link as a guest does, and sign in.

    Return whether it is named, how many pictures it shows, and whether one is in.
    """
    from django.conf import settings
    from django.test import Client, override_settings

    from imaging.models import ShareLink

    static = "django.contrib.staticfiles.storage.StaticFilesStorage"
    stores = {**settings.STORAGES, "staticfiles": {"BACKEND": static}}
    with override_settings(STORAGES=stores, ALLOWED_HOSTS=["testserver"]):
        guest, owner = Client(), Client()
        page = guest.get(f"/s/{ShareLink.objects.get().token}").content.decode()
        shown = set(re.findall(r'<img[^>]+src="(/s/[^"]+)"', page))
        answers = [guest.get(address) for address in shown]
        assert all(b"".join(answer) for answer in answers)
        inside = owner.login(email="op@example.com", password="a lighthouse")
    pictures = {address.split("/")[3] for address in shown}
    return ["Anna &amp; Jörg 😀" in page, len(pictures), inside]


def paused() -> list[str]:
    from imaging.models import ProviderControl

    return [str(one.pk) for one in ProviderControl.objects.filter(mode="paused")]
