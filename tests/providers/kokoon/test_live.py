"""Kokoon itself, when a token is there and KOKOON_LIVE=1 says that it may be used."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imaging import pictures, providers
from imaging.providers.accounts import operators
from imaging.providers.base import Facts, Job, Ticket
from tests import drawing
from tests.services import eventually

pytestmark = pytest.mark.skipif(
    not (os.environ.get("KOKOON_TOKEN") and os.environ.get("KOKOON_LIVE") == "1"),
    reason="Kokoon itself was not asked: set KOKOON_TOKEN and KOKOON_LIVE=1",
)


@pytest.mark.django_db
@pytest.mark.parametrize("preview", [True, False])
def test_a_preview_and_a_picture_of_the_smallest_price(
    tmp_path: Path, preview: bool
) -> None:
    client = providers.get("kokoon")
    account = operators(client)
    assert account
    assert client.inquire(account)["balance"] >= 1
    original = tmp_path / "original.png"
    original.write_bytes(drawing.png(320, 180))

    @contextmanager
    def source() -> Iterator[Path]:
        yield original

    job = Job(
        id=f"live-{os.getpid()}-{preview}",
        attempt=1,
        operation="upscale",
        options={**client.operations[0].defaults(), "preview": preview},
        facts=Facts("original.png", "png", original.stat().st_size, 320, 180),
        scratch=tmp_path,
        source=source,
        progress=lambda fraction: None,
        account=account,
    )
    ticket = Ticket({}, lambda facts: None)
    assert client.submit(job, ticket) is None
    eventually("it is done", lambda: client.poll(job, ticket).done, 900)
    for output in client.fetch(job, ticket):
        assert output.path
        seen = pictures.inspect(output.path)
        assert preview or (seen.width, seen.height) == (640, 360)
