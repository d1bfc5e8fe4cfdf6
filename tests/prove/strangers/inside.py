"""What lies in a running site's database, storage and temporary folder.

As a module it is what looks there, see `tests.backstage`.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.application import Application
from tests.backstage import Backstage, answer

# What is no trace of a file: who called how often, or did what, and who is alive.
BESIDE = {"calls", "heartbeat", "period", "auditevent", "checkup"}


@dataclass(frozen=True)
class State:
    """What there is at one moment: rows by table, names by the ids of images, files."""

    tables: dict[str, int]
    images: dict[str, str]
    files: list[str]
    known: list[str]
    temporaries: list[str]

    @property
    def strays(self) -> list[str]:
        """Return what is wrong by itself: files of no row, rows without files."""
        return sorted(set(self.files) ^ set(self.known))


class Inside(Backstage):
    """Looks into a site's stores from a process of its own."""

    def __init__(self, site: Application) -> None:
        super().__init__(__name__, site.env)

    def state(self) -> State:
        return State(**self.call("state"))


def grown(before: State, after: State) -> Counter[str]:
    """Return by how many rows each table has grown."""
    now = Counter(after.tables)
    now.subtract(before.tables)
    return Counter({name: count for name, count in now.items() if count})


# Behind the pipe.


def state() -> dict[str, Any]:
    from django.apps import apps

    from imaging.models import Blob, Image

    ours = apps.get_app_config("imaging").get_models()
    models = [one for one in ours if one._meta.model_name not in BESIDE]
    named = Image.objects.values_list("pk", "name")
    return {
        "tables": {str(one._meta.model_name): one.objects.count() for one in models},
        "images": {str(pk): name for pk, name in named},
        "files": files(),
        "known": [key for blob in Blob.objects.all() for key, _ in blob.files()],
        "temporaries": temporaries(),
    }


def files() -> list[str]:
    from imaging.operating.walking import stored_files

    return list(stored_files(""))


def temporaries() -> list[str]:
    from pathlib import Path

    from django.conf import settings

    return sorted(one.name for one in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir())


def unrendered() -> int:
    """Count the pictures that wait for their larger renditions."""
    from imaging.models import Blob

    return Blob.objects.filter(rendered=False).count()


def incomplete() -> list[str]:
    """Name the pictures of which a rendition could not be made."""
    from imaging.decoding.formats import SIDES
    from imaging.models import Image

    rows = Image.objects.select_related("blob")
    return [one.name for one in rows if set(one.blob.renditions) != set(SIDES)]


def stored() -> dict[str, list[list[Any]]]:
    """Tell what pictures are, by the number in their names."""
    from imaging.models import Image

    found: dict[str, list[list[Any]]] = {}
    for one in Image.objects.filter(name__startswith="mutation-"):
        blob = one.blob
        facts = [blob.format, blob.content_type, blob.width, blob.height]
        found.setdefault(one.name.split("-")[1], []).append(facts)
    return found


def forget() -> None:
    """Name what is stored so far otherwise."""
    from imaging.models import Image

    Image.objects.filter(name__startswith="mutation-").update(name="seen.jpg")


def begin(provider: str, ones: list[tuple[str, str, dict[str, Any]]]) -> list[str]:
    """Start a task for each name, operation and options; all on the same picture."""
    import tempfile
    from pathlib import Path

    from imaging.models import Blob, Image, Order, Task, User
    from tests.drawing import jpeg

    user, _ = User.objects.get_or_create(email="alice@example.com")
    team = user.own_teams()[0]
    team.operator_accounts = True
    team.save()
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        Path(file.name).write_bytes(jpeg(320, 240))
        first = Image.objects.store(Path(file.name), team=team, owner=user, name="a")
    blob, made = Blob.objects.get(pk=first.blob_id), []
    for name, operation, options in ones:
        image = Image.objects.add(blob, owner=user, name=name)
        order = Order.of(team, provider, operation, options)
        made.append(Task.objects.start([image], order, team=team, user=user))
    return [str(batch.tasks.get().pk) for batch in made]


def open_tasks() -> int:
    from imaging.models import Task

    return Task.objects.open().count()


def ended(pks: list[str]) -> list[list[Any]]:
    """Tell of these tasks: state, code, sentence, results, and pictures made."""
    from imaging.models import Task

    rows = Task.objects.in_bulk(pks, field_name="pk")
    told = []
    for one in (rows[uuid.UUID(pk)] for pk in pks):
        counts = [one.results.count(), one.images.count()]
        told.append([one.state, one.code, one.message, *counts])
    return told


if __name__ == "__main__":
    answer(state, unrendered, incomplete, stored, forget, begin, open_tasks, ended)
