"""A process that stores, removes or repairs: `python -m tests.repairing`.

`prepare N` makes the database, and N pictures. The others wait for a line on standard
input: `remove` then deletes these, `store` stores as many others, of which it deletes
every second, `repair` checks and mends N times. What
they print is how often it went; `left` prints what is there, and what is wrong.
"""

import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import django


def prepare(count: int) -> None:
    from django.core.management import call_command

    from imaging.models import Team
    from tests.stored import an_image

    call_command("migrate", verbosity=0)
    team = Team.objects.create(name="Studio")
    for number in range(count):
        an_image(team, str(number).encode(), f"{number:03}")
    Team.objects.update(bytes_used=sum(len(str(one)) for one in range(count)))


def remove(pks: list[UUID]) -> int:
    from imaging.models import Image

    return len([one.remove() for one in Image.objects.filter(pk__in=pks)])


def store(count: int) -> int:
    from imaging.models import Image, Team
    from tests.drawing import jpeg

    team = Team.objects.get()
    for number in range(count):
        with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
            path = Path(file.name)
            path.write_bytes(jpeg(seed=number))
            made = Image.objects.store(path, team=team, owner=None, name="new.jpg")
        if number % 2:
            made.remove()
    return count


def repair(count: int) -> int:
    from imaging.operating import files, mending
    from imaging.operating.checking import check

    # Without any grace only what the rows say protects a file.
    mending.GRACE = files.GRACE = timedelta(0)
    return len([check(mend=True) for _ in range(count)])


def go(act: str, count: int) -> int:
    from imaging.models import Image

    prepared = list(Image.objects.values_list("pk", flat=True))
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    if act == "remove":
        return remove(prepared)
    return {"store": store, "repair": repair}[act](count)


def left() -> None:
    from imaging.models import Blob, Image
    from imaging.operating.checking import check

    report = check(deep=True)
    flawed = Blob.objects.exclude(flaw="").count()
    print(Image.objects.count(), Blob.objects.count(), flawed, len(report.problems))  # noqa: T201


if __name__ == "__main__":
    django.setup()
    act, *rest = sys.argv[1:]
    if act == "prepare":
        prepare(int(rest[0]))
    elif act == "left":
        left()
    else:
        print(go(act, int(rest[0])))  # noqa: T201
