"""Haut.AI's API: a company is a team, and each thing is found under those above it."""

import uuid

from imaging.api.callers import Caller
from imaging.models import ApiToken, Subject, VendorRecord
from imaging.providers.haut.server import images, subjects
from imaging.providers.haut.server.datasets import read_dataset
from imaging.providers.haut.server.records import Place, make
from tests.permissions import Row, row
from tests.permissions.world import World

C = "api/v1/companies/<c>"
V3 = "api/v3/companies/<c>"
D = f"{C}/datasets/<d>"
S = f"{D}/subjects/<s>"
B = f"{S}/batches/<b>"
I = f"{B}/images/<i>"  # noqa: E741 - as in the addresses
IN = {"c": "team", "d": "dataset", "s": "person"}
IN_BATCH = {**IN, "b": "shots"}
IN_IMAGE = {**IN_BATCH, "i": "shot"}


def place_of(world: World) -> Place:
    """Return an image that the contributor has announced, and all above it."""
    if not (made := getattr(world, "haut", None)):
        token = ApiToken.objects.issue(world.carol)[0]
        made = world.haut = Place(Caller(token), world.team)  # type: ignore[attr-defined]
        owner = str(world.carol.pk)
        made.rows["dataset"] = make(
            world.team, "dataset", owner=owner, **read_dataset({"name": "App"})
        )
        made.person = Subject.objects.create(
            team=world.team, owner=world.carol, name="Berta"
        )
        made.rows["subject"] = make(
            world.team,
            "subject",
            made.person.pk,
            made.dataset,
            owner=owner,
            author_id=1,
            name="Berta",
            **subjects.CLEARED,
        )
        images.enter_batch(made, None)
        images.add_image(made, images.read_image({}))
    return made


def a_private_token(world: World) -> int:
    token = ApiToken.objects.issue(world.carol)[0]
    owner = str(world.carol.pk)
    made: VendorRecord = make(world.team, "token", token.pk, owner=owner, name="n")
    return made.number


THINGS = {
    "dataset": lambda world: uuid.UUID(place_of(world).dataset.key),
    "person": lambda world: uuid.UUID(place_of(world).subject.key),
    "shots": lambda world: uuid.UUID(place_of(world).batch.key),
    "shot": lambda world: uuid.UUID(place_of(world).image.key),
    "private_token": a_private_token,
}
CALLS: dict[str, Row] = {
    "api/v1/auth/login": row("POST anyone"),
    "api/v1/login": row("POST anyone"),
    "api/v1/auth/refresh": row("POST anyone"),
    "api/v1/auth/profile": row("GET person read"),
    "api/v1/auth/private_tokens": row("GET person manage, POST person manage"),
    "api/v1/auth/private_tokens/<number>": row(
        "DELETE own manage", number="private_token"
    ),
    "api/v1/dicts/image_types": row("GET person read"),
    f"{C}/applications": row("GET viewer read", c="team"),
    f"{C}/applications/<application>/attach-to-dataset": row(
        "POST contributor upload",
        c="team",
        application="=face_skin_metrics_2.0",
        sends={"POST": {"dataset_id": "{dataset}"}},
    ),
    f"{C}/datasets": row("GET viewer read, POST contributor upload", c="team"),
    D: row("GET viewer read", c="team", d="dataset"),
    f"{D}/subjects": row(
        "GET viewer read, POST contributor upload", c="team", d="dataset"
    ),
    f"{D}/subjects/delete": row(
        "DELETE contributor upload",
        c="team",
        d="dataset",
        sends={"DELETE": {"subjects_ids": ["{person}"]}},
    ),
    S: row("PATCH contributor upload, DELETE contributor upload", **IN),
    f"{S}/delete_photos": row("POST contributor upload", **IN),
    f"{S}/clear_metadata": row("POST contributor upload", **IN),
    f"{C}/subjects/<s>/signed_upload_url": row(
        "POST contributor upload", c="team", s="person"
    ),
    f"{C}/batches/<b>/compute": row("POST contributor process", c="team", b="shots"),
    f"{C}/subjects/<s>/batches/<b>/compute": row(
        "POST contributor process", c="team", s="person", b="shots"
    ),
    f"{S}/images": row("GET viewer read", **IN),
    f"{S}/batches": row("GET viewer read, POST contributor upload", **IN),
    B: row("DELETE contributor upload", **IN_BATCH),
    f"{B}/images": row("GET viewer read", **IN_BATCH),
    I: row("GET viewer read, DELETE contributor upload", **IN_IMAGE),
    f"{I}/aux": row("GET viewer read", **IN_IMAGE),
    f"{I}/results": row("GET viewer read", **IN_IMAGE),
    f"{V3}/subjects/<s>/upload": row("POST contributor upload", c="team", s="person"),
    f"{V3}/batches/<b>/compute": row("POST contributor process", c="team", b="shots"),
    f"{V3}/batches/<b>/results": row("GET viewer read", c="team", b="shots"),
}
ROWS = {
    **CALLS,
    "^api/v1/(?:auth|companies|dicts)/": row(
        "ANY nobody", address="=/api/v1/companies/a/b"
    ),
    "^api/v3/companies/": row("ANY nobody", address="=/api/v3/companies/a"),
}
