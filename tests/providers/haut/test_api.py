"""Every documented call: where it goes, what it says, what is read of the answer."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import Settings

from imaging.providers.accounts import Account
from imaging.providers.haut import wire
from imaging.providers.haut.api import Api
from imaging.providers.haut.paths import Where
from tests.providers.haut.entering import KEYS
from tests.providers.haut.played import (
    BATCH,
    COMPANY,
    DATASET,
    IMAGE,
    SUBJECT,
    TOKEN,
    body_of,
)
from tests.providers.playing import Playing, answer
from tests.providers.vendor import golden

AT = Where(COMPANY, DATASET, SUBJECT, BATCH)
HERE = f"/api/v1/companies/{COMPANY}"
SUBJECTS = f"{HERE}/datasets/{DATASET}/subjects/"
IMAGES = f"{SUBJECTS}{SUBJECT}/batches/{BATCH}/images/"
TOKENS = "/api/v1/auth/private_tokens/"
NONE = answer(b"", 204)
UNTIL = datetime(2027, 11, 20, tzinfo=UTC)


def said(name: str) -> bytes:
    return golden(f"haut/{name}.http")


# What is called, the request it makes, its body, the answer, what is read of that.
CALLS: list[tuple[Callable[[Api], Any], str, Any, bytes, Any]] = [
    (
        lambda api: api.create_private_token("Darkroom", UNTIL)["data"],
        f"POST {TOKENS}",
        {"name": "Darkroom", "expiration_time": "2027-11-20T00:00:00.000Z"},
        said("private_token"),
        "a-private-token",
    ),
    (
        lambda api: api.private_tokens()[0]["id"],
        f"GET {TOKENS}",
        None,
        said("private_tokens"),
        41,
    ),
    (
        lambda api: api.delete_private_token(41),
        f"DELETE {TOKENS}41/",
        None,
        NONE,
        None,
    ),
    (
        lambda api: api.create_dataset("Study", 1),
        f"POST {HERE}/datasets/",
        {"name": "Study", "image_type_id": 1},
        said("dataset"),
        DATASET,
    ),
    (
        lambda api: api.attach(DATASET, "face_skin_metrics_2.0"),
        f"POST {HERE}/applications/face_skin_metrics_2.0/attach-to-dataset/",
        {"dataset_id": DATASET},
        answer({}, 201),
        None,
    ),
    (
        lambda api: api.create_subject(DATASET, "user1"),
        f"POST {SUBJECTS}",
        {"name": "user1"},
        said("subject"),
        SUBJECT,
    ),
    (
        lambda api: api.change_subject(AT, meta={"a": 1})["id"],
        f"PATCH {SUBJECTS}{SUBJECT}/",
        {"meta": {"a": 1}},
        said("subject"),
        SUBJECT,
    ),
    (
        lambda api: api.delete_subject(AT),
        f"DELETE {SUBJECTS}{SUBJECT}/",
        None,
        NONE,
        None,
    ),
    (
        lambda api: api.delete_subjects(DATASET, [SUBJECT]),
        f"DELETE {SUBJECTS}delete/",
        {"subjects_ids": [SUBJECT]},
        NONE,
        None,
    ),
    (
        lambda api: api.delete_photos(AT),
        f"POST {SUBJECTS}{SUBJECT}/delete_photos/",
        None,
        NONE,
        None,
    ),
    (
        lambda api: api.clear_metadata(AT),
        f"POST {SUBJECTS}{SUBJECT}/clear_metadata/",
        None,
        NONE,
        None,
    ),
    (
        lambda api: api.signed_upload(AT, wire.dump_image("key", "left", BATCH))["id"],
        f"POST {HERE}/subjects/{SUBJECT}/signed_upload_url/",
        {"batch_id": BATCH, "side_id": 3, "light_id": 1, "name": "key"},
        said("signed_upload"),
        IMAGE,
    ),
    (
        lambda api: api.compute(AT),
        f"POST {HERE}/batches/{BATCH}/compute/",
        None,
        NONE,
        None,
    ),
    (
        lambda api: [one["id"] for one in api.subject_images(AT)],
        f"GET {SUBJECTS}{SUBJECT}/images/",
        None,
        answer({"count": 1, "results": [{"id": IMAGE}]}),
        [IMAGE],
    ),
    (
        lambda api: [one["id"] for one in api.batch_images(AT)],
        f"GET {IMAGES}",
        None,
        answer([{"id": IMAGE}]),
        [IMAGE],
    ),
    (
        lambda api: api.image(AT, IMAGE),
        f"GET {IMAGES}{IMAGE}/",
        None,
        said("image"),
        body_of("image"),
    ),
    (
        lambda api: [
            one["aux_image_type"]["tech_name"] for one in api.auxiliaries(AT, IMAGE)
        ],
        f"GET {IMAGES}{IMAGE}/aux/",
        None,
        said("aux"),
        ["redness"],
    ),
    (
        lambda api: api.results(AT, IMAGE),
        f"GET {IMAGES}{IMAGE}/results/",
        None,
        said("results"),
        body_of("results"),
    ),
    (
        lambda api: api.delete_image(AT, IMAGE),
        f"DELETE {IMAGES}{IMAGE}/",
        None,
        said("not_found"),
        None,
    ),
    (
        lambda api: api.batches(AT),
        f"GET {SUBJECTS}{SUBJECT}/batches/",
        None,
        answer([{"id": BATCH}]),
        [{"id": BATCH}],
    ),
    (
        lambda api: api.create_batch(AT),
        f"POST {SUBJECTS}{SUBJECT}/batches/",
        None,
        answer({"id": BATCH}, 201),
        BATCH,
    ),
    (
        lambda api: api.delete_batch(AT),
        f"DELETE {SUBJECTS}{SUBJECT}/batches/{BATCH}/",
        None,
        NONE,
        None,
    ),
    (
        lambda api: api.upload_v3(AT, {"right": "r.jpg", "front": "f.jpg"})["front"][
            "id"
        ],
        f"POST /api/v3/companies/{COMPANY}/subjects/{SUBJECT}/upload/",
        {"front": "f.jpg", "right": "r.jpg"},
        said("upload_v3"),
        IMAGE,
    ),
    (
        lambda api: api.compute_v3(AT),
        f"POST /api/v3/companies/{COMPANY}/batches/{BATCH}/compute/",
        None,
        NONE,
        None,
    ),
    (
        lambda api: api.results_v3(AT),
        f"GET /api/v3/companies/{COMPANY}/batches/{BATCH}/results/",
        None,
        said("results_v3"),
        (True, {"all_algorithms_calculated": True, "redness": 71.5}),
    ),
]


@pytest.mark.parametrize(
    ("make", "route", "body", "reply", "read"), CALLS, ids=[one[1] for one in CALLS]
)
def test_a_documented_call(
    settings: Settings,
    make: Callable[[Api], Any],
    route: str,
    body: Any,
    reply: bytes,
    read: Any,
) -> None:
    settings.OUTGOING_ALLOW_PRIVATE = True
    with Playing() as vendor:
        vendor.on(route, reply)
        assert make(Api(Account("haut:test", vendor.url, KEYS))) == read
        [heard] = vendor.heard
    assert f"{heard.method} {heard.target}" == route
    assert heard.headers["authorization"] == f"Bearer {TOKEN}"
    assert (heard.json() if heard.body else None) == body
