"""Kokoon's API: the token as it is, in the one header."""

from typing import Any

from imaging.models import Order, Task, VendorRecord, Via
from imaging.providers.kokoon import wire
from tests.permissions import row
from tests.permissions.world import World
from tests.providers.kokoon.calling import wanted

ROOT = wire.ROOT.lstrip("/")
WANTED = {"POST": wanted("{image}")}


def shown(token: str, **_how: object) -> dict[str, str]:
    return {"authorization": token}


def a_task(world: World) -> Any:
    order, image = Order.of(world.team, "local", "upscale"), world.image()
    batch = Task.objects.start(
        [image], order, team=world.team, user=world.carol, via=Via(door="kokoon")
    )
    task = batch.tasks.get()
    request = {**wanted(str(image.pk)), "codec": "png", "format": "png"}
    VendorRecord.objects.create(
        provider="kokoon",
        kind=wire.FULL,
        team=world.team,
        key=task.pk.hex,
        data={"request": request, "price": 1},
    )
    return task.pk


THINGS = {"a_task": a_task}
ROWS = {
    f"{ROOT}/image": row("GET person read, POST person upload"),
    f"{ROOT}/image/<str:vid>": row(
        "GET viewer read, DELETE contributor upload", vid="image"
    ),
    f"{ROOT}/image/<str:vid>/download-inc-count": row("POST viewer read", vid="image"),
    f"{ROOT}/credit/calc": row("POST viewer read", sends=WANTED),
    f"{ROOT}/credit/me": row("GET person read"),
    f"{ROOT}/task": row("GET person read, POST contributor process", sends=WANTED),
    f"{ROOT}/task/<str:tid>": row("GET viewer read", tid="a_task"),
    "^kokoon/api/": row("ANY nobody", address="=/kokoon/api/a"),
}
