"""The API of our own, and files by addresses that are signed."""

from typing import Any

from django.test import RequestFactory

from imaging.api.presigned import part_address
from tests.drawing import jpeg
from tests.permissions import row

ORDER = {"images": ["{image}"], "provider": "local", "operation": "upscale"}


def part(world: Any) -> str:
    """Return the address of a part of an upload."""
    url = part_address(RequestFactory().put("/"), world.upload(), 0)
    return url.removeprefix("http://testserver")


THINGS = {"part": part}
ROWS = {
    "api/v1/": row("ANY nobody"),
    "api/v1/openapi.json": row("ANY anyone"),
    "api/v1/docs": row("ANY anyone"),
    # Pictures. What is new goes to the caller's own team unless another is named.
    "api/v1/images": row(
        "GET person read, POST person upload", sends={"POST": {"file": jpeg(80, 64)}}
    ),
    "api/v1/images/<uuidstr:image>": row(
        "GET viewer read, PATCH contributor upload, DELETE contributor upload",
        image="image",
        sends={"PATCH": {"name": "b.jpg"}},
    ),
    "api/v1/images/<uuidstr:image>/download": row("GET viewer read", image="image"),
    "api/v1/images/<uuidstr:image>/similar": row("GET viewer read", image="image"),
    # Work
    "api/v1/batches": row(
        "GET person read, POST contributor process", sends={"POST": ORDER}
    ),
    "api/v1/batches/<uuidstr:batch>": row("GET viewer read", batch="batch"),
    "api/v1/batches/<uuidstr:batch>/results": row("GET viewer read", batch="batch"),
    "api/v1/batches/<uuidstr:batch>/cancel": row(
        "POST contributor process", batch="batch"
    ),
    "api/v1/batches/<uuidstr:batch>/retry": row(
        "POST contributor process", batch="batch"
    ),
    "api/v1/tasks": row("GET person read"),
    "api/v1/tasks/<uuidstr:task>": row("GET viewer read", task="task"),
    "api/v1/tasks/<uuidstr:task>/results": row("GET viewer read", task="task"),
    "api/v1/tasks/<uuidstr:task>/cancel": row("POST contributor process", task="task"),
    "api/v1/tasks/<uuidstr:task>/retry": row("POST contributor process", task="task"),
    # Files in parts: an upload is its own person's alone.
    "api/v1/uploads": row(
        "POST person upload", sends={"POST": {"name": "a.jpg", "size": 9}}
    ),
    "api/v1/uploads/<uuidstr:upload>": row(
        "GET own upload, DELETE own upload", upload="upload"
    ),
    "api/v1/uploads/<uuidstr:upload>/complete": row("POST own upload", upload="upload"),
    # What can be done
    "api/v1/providers": row("GET person read"),
    "api/v1/operations": row("GET person read"),
    "api/v1/recipes": row("GET person read"),
    "api/v1/verdicts": row("POST contributor read", sends={"POST": ORDER}),
    # People
    "api/v1/me": row("GET person"),
    "api/v1/teams": row("GET person read"),
    "api/v1/tokens": row(
        "GET person manage, POST person manage",
        sends={"POST": {"name": "a", "scopes": ["manage"]}},
    ),
    "api/v1/tokens/<uuidstr:token>": row("DELETE own manage", token="token"),
    "api/v1/subjects": row(
        "GET person read, POST person process",
        sends={"POST": {"name": "Berta", "consent": True}},
    ),
    "api/v1/subjects/<uuidstr:subject>": row(
        "DELETE contributor process", subject="subject"
    ),
    "api/v1/subjects/<uuidstr:subject>/consent": row(
        "POST contributor process", subject="subject", sends={"POST": {"agreed": True}}
    ),
    "api/v1/downloads": row("GET person read"),
    # Webhooks
    "api/v1/webhooks": row(
        "GET person manage, POST person manage",
        sends={
            "POST": {"url": "https://receiver.example/", "events": ["image.stored"]}
        },
    ),
    "api/v1/webhooks/<uuidstr:webhook>": row(
        "GET owner manage, PATCH owner manage, DELETE owner manage",
        webhook="webhook",
        sends={"PATCH": {"active": False}},
    ),
    "api/v1/webhooks/<uuidstr:webhook>/test": row(
        "POST owner manage", webhook="webhook"
    ),
    "api/v1/webhooks/<uuidstr:webhook>/rotate": row(
        "POST owner manage", webhook="webhook"
    ),
    "api/v1/webhooks/<uuidstr:webhook>/deliveries": row(
        "GET owner manage", webhook="webhook"
    ),
    "api/v1/deliveries/<uuidstr:delivery>/replay": row(
        "POST owner manage", delivery="delivery"
    ),
    # What is no address of ours or of a vendor's
    "^api/v1/": row("ANY nobody"),
    "api/v1/images/archive": row(
        "POST viewer read", sends={"POST": {"images": ["{image}"]}}
    ),
    # Galleries and share links
    "api/v1/galleries/<uuidstr:gallery>/archive": row(
        "GET viewer read", gallery="gallery"
    ),
    "api/v1/galleries": row(
        "GET person read, POST person share", sends={"POST": {"name": "Wedding"}}
    ),
    "api/v1/galleries/<uuidstr:gallery>": row(
        "GET viewer read, PATCH contributor share, DELETE contributor share",
        gallery="gallery",
        sends={"PATCH": {"name": "Birthday"}},
    ),
    "api/v1/galleries/<uuidstr:gallery>/items": row(
        "GET viewer read, POST contributor share",
        gallery="gallery",
        sends={"POST": {"images": ["{hung}"]}},
    ),
    "api/v1/galleries/<uuidstr:gallery>/items/move": row(
        "POST contributor share",
        gallery="gallery",
        sends={"POST": {"images": ["{hung}"]}},
    ),
    "api/v1/galleries/<uuidstr:gallery>/items/<uuidstr:image>": row(
        "DELETE contributor share", gallery="gallery", image="hung"
    ),
    "api/v1/galleries/<uuidstr:gallery>/shares": row(
        "GET contributor read, POST contributor share", gallery="gallery"
    ),
    "api/v1/shares/<uuidstr:share>": row(
        "GET contributor read, PATCH contributor share",
        share="share",
        sends={"PATCH": {"mode": "web"}},
    ),
    "api/v1/shares/<uuidstr:share>/revoke": row(
        "POST contributor share", share="share"
    ),
    # Files
    "signed/<str:named>/<path:name>": row("GET holder", named="signed", name="=a.jpg"),
    "presigned/<str:key>": row("PUT holder", key="presigned"),
    "presigned/<str:key>/<int:number>": row("PUT holder", address="part"),
}
