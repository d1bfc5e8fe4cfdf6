"""A process that removes pictures, or counts: `python -m tests.removing`.

`prepare N` makes the database, and N pictures that have one result each. The others
wait for a line on standard input. `remove` then goes from picture to picture, `count`
counts each until it is gone; `bundle` and `trash` take all of them at once, N times.
They print how often it went.
"""

import sys
from typing import Any

import django


def prepare(count: int) -> None:
    from django.core.management import call_command

    from imaging.models import Image, Membership, Role, Team, User
    from tests.stored import an_image

    call_command("migrate", verbosity=0)
    user = User.objects.create_user("alice@example.com")
    team = Team.objects.create(name="Studio")
    Membership.objects.create(team=team, user=user, role=Role.OWNER)
    for number in range(count):
        image = an_image(team, str(number).encode(), f"{number:03}")
        Image.objects.create(team=team, blob=image.blob, name="result", parent=image)


def all_of(image: Any) -> int:
    """Count downloads of a picture for as long as it is there."""
    from imaging.models import Download

    number = 0
    while Download.objects.count_once(image, f"user:{number}"):
        number += 1
    return number


def go(act: str) -> int:
    from imaging.models import Download, Image, User

    user = User.objects.get()
    originals = list(Image.objects.filter(parent=None).order_by("name"))
    every = list(Image.objects.select_related("blob"))
    pks = [one.pk for one in originals]
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    counted = Download.objects
    if act == "count":
        return sum(all_of(one) for one in originals)
    if act == "remove":
        return len([one.remove() for one in originals])
    if act == "bundle":
        return sum(
            counted.count_bundle(every, f"user:{n}") == len(every)
            for n in range(len(originals))
        )
    for _ in originals:
        Image.objects.trash(pks, user)
        Image.objects.filter(pk__in=pks).restore()
    return len(originals)


def downloads() -> None:
    from imaging.models import Download

    print(Download.objects.count(), Download.objects.filter(image=None).count())  # noqa: T201


if __name__ == "__main__":
    django.setup()
    act, *rest = sys.argv[1:]
    if act == "prepare":
        prepare(int(rest[0]))
    elif act == "downloads":
        downloads()
    else:
        print(go(act))  # noqa: T201
