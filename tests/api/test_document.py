"""The document of the API: whole, and kept to whatever programs may send."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.schemas import APIOperation

from imaging.models import (
    Gallery,
    Scope,
    ShareLink,
    Subject,
    Task,
    Team,
    Upload,
    User,
)
from tests.api.calling import a_token, with_token
from tests.hearing import a_webhook, ended
from tests.stored import add_rendition, an_image

pytestmark = pytest.mark.django_db
DOCUMENT = "/api/v1/openapi.json"
EXAMPLES = 25
load_all_checks()
CHECKED = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)


def operations() -> Iterator[Any]:
    """Yield every operation that the document names, whoever has built it."""
    schema = schemathesis.openapi.from_wsgi(DOCUMENT, get_wsgi_application())
    for found in schema.get_all_operations():
        operation = found.ok()
        yield pytest.param(operation, id=operation.label)


@pytest.fixture
def world(alice: User, studio: Team) -> dict[str, Any]:
    """Have one of everything; by the names that paths give to it."""
    image = an_image(studio, b"a")
    add_rendition(image, "320", b"small")
    batch = studio.batches.create(user=alice)
    task = Task.objects.create(batch=batch, team=studio, image=image, provider="local")
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Wedding")
    gallery.add([image.pk], alice)
    webhook = a_webhook(studio, "https://receiver.example/")
    known = {
        "image": image,
        "task": task,
        "batch": batch,
        "subject": Subject.objects.obtain(studio, "Dana", agreed=True, user=alice),
        "upload": Upload.objects.permit(studio, alice, "a.jpg", size=1_000),
        "gallery": gallery,
        "share": ShareLink.objects.make(gallery, alice, mode="full"),
        "webhook": webhook,
        "delivery": ended(webhook),
    }
    return {name: str(row.pk) for name, row in known.items()}


def meant(case: Any, world: dict[str, Any]) -> None:
    """Let a call name what is here, so that it gets beyond the first look."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = world.get(name, case.path_parameters[name])
    if isinstance(case.body, dict) and "images" in case.body:
        case.body |= {"images": [world["image"]], "operation": "upscale"}


@pytest.mark.parametrize("operation", list(operations()))
def test_whatever_is_sent_is_answered_as_the_document_says(
    operation: APIOperation, world: dict[str, Any], alice: User
) -> None:
    headers = {"Authorization": f"Bearer {a_token(alice, *Scope.values)}"}
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy() | wrong, real=booleans())
    def answered(case: Any, *, real: bool) -> None:
        if real:
            meant(case, world)
        # What one call deletes is there again for the next.
        with transaction.atomic():
            case.call_and_validate(headers=headers, checks=CHECKED)
            transaction.set_rollback(True)

    answered()


def test_every_operation_is_described(client: Client) -> None:
    document = client.get(DOCUMENT).json()
    assert document["openapi"] == "3.1.0"
    ids = []
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            ids.append(said["operationId"])
            assert said["summary"], path
            assert said["tags"], path
            assert {"401", "403", "429"} <= said["responses"].keys(), (method, path)
            assert said["security"], (method, path)
    assert len(ids) == len(set(ids))


def test_the_document_is_written_once(client: Client) -> None:
    first = client.get("/api/v1/openapi.json")
    with mock.patch("imaging.api.native.Document", side_effect=AssertionError):
        assert client.get("/api/v1/openapi.json").content == first.content
        assert client.get("/api/v1/docs").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/v1/nothing", 404),
        ("get", "/api/v1/images/none", 404),
        ("get", "/api/v1/images/", 404),
        ("post", "/api/v1/", 404),
        ("put", "/api/v1/images", 405),
        ("get", "/api/v1/images", 401),
    ],
)
def test_errors_are_problem_details_wherever(
    client: Client, method: str, path: str, status: int
) -> None:
    answer = getattr(client, method)(path)
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["status"]) == (status, status)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b'{"name": "a\\u0000"}', 400),
        (b'{"name": "\\ud800"}', 400),
        (b"\xff\xfe", 400),
        (b'{"size": NaN}', 400),
        (b'{"size": ' + b"9" * 5_000 + b"}", 400),
        (b'{"size": 1e999, "name": "a"}', 422),
        (b"[]", 422),
        (b'"' + b"x" * 3_000_000 + b'"', 413),
    ],
)
def test_no_body_is_a_fault_of_ours(bob: User, body: bytes, status: int) -> None:
    answer = with_token(bob).post("/api/v1/uploads", body, "application/json")
    assert (answer.status_code, answer.json()["status"]) == (status, status)


@pytest.mark.parametrize(
    "query",
    ["cursor=x", "limit=0", "limit=" + "9" * 5_000, "q=%00", "q=%ff&limit=a"]
    + ["since=99999-01-01", "since=0001-01-01T00:00:00%2B14:00", "team=1", "label=9"]
    + ["cursor=MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMCAx"],
)
def test_no_query_is_a_fault_of_ours(bob: User, query: str) -> None:
    answer = with_token(bob).get(f"/api/v1/images?{query}")
    assert answer.status_code in {400, 422}, answer.text
