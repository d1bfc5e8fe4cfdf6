"""Haut.AI itself, when keys are there and HAUT_LIVE=1 says that it may be used.

HAUT_FACE names a photograph of somebody who has agreed.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from imaging import providers
from imaging.providers.accounts import operators
from imaging.providers.base import Facts, Job, Person, ResultKind, Ticket
from tests.services import eventually

KEYS = ("HAUT_TOKEN", "HAUT_EMAIL")
FACE = os.environ.get("HAUT_FACE", "")
pytestmark = pytest.mark.skipif(
    os.environ.get("HAUT_LIVE") != "1"
    or not FACE
    or not any(os.environ.get(key) for key in KEYS),
    reason="Haut.AI itself was not asked: set its keys, HAUT_FACE and HAUT_LIVE=1",
)


@pytest.mark.django_db
def test_a_face_is_measured_and_deleted_again(tmp_path: Path) -> None:
    client = providers.get("haut")
    account = operators(client)
    assert account
    assert client.inquire(account)["applications"]
    path = Path(FACE)
    with Image.open(path) as picture:
        width, height = picture.size

    @contextmanager
    def source() -> Iterator[Path]:
        yield path

    job = Job(
        id=f"live-{os.getpid()}",
        attempt=1,
        operation="skin-analysis",
        options=client.operations[0].defaults(),
        facts=Facts("face.jpg", "jpeg", path.stat().st_size, width, height),
        scratch=tmp_path,
        source=source,
        progress=lambda fraction: None,
        account=account,
        person=Person("darkroom-live-test", "Nobody"),
    )
    ticket = Ticket({}, lambda facts: None)
    assert client.submit(job, ticket) is None
    try:
        eventually("it is computed", lambda: client.poll(job, ticket).done, 300)
        report = client.fetch(job, ticket)[0]
        assert report.kind == ResultKind.REPORT
        assert report.data["algorithms"]
    finally:
        client.cancel(job, ticket)
