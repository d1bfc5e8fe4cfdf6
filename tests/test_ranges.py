"""Every range gives exactly its bytes; what is none gives the whole."""

import random
from collections.abc import Iterator

import pytest

from imaging.delivery.handover import BLOCK
from tests.stored import DATE, ask, body, stored

pytestmark = [pytest.mark.django_db, pytest.mark.both]
DATA = random.Random(1).randbytes(3 * BLOCK + 7)  # noqa: S311


def some_ranges(size: int) -> Iterator[tuple[str, slice]]:
    """Yield ranges that can be satisfied, and what each means in Python."""
    draw = random.Random(size)  # noqa: S311
    edges = {0, 1, size - 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, size - BLOCK}
    places = sorted(place for place in edges if 0 <= place < size)
    for _ in range(40):
        first = draw.choice([*places, draw.randrange(size)])
        last = draw.choice([first, draw.randrange(first, size), size - 1, size, 10**30])
        yield f"bytes={first}-{last}", slice(first, last + 1)
        yield f"bytes={first}-", slice(first, None)
        yield f"Bytes = -{first + 1}", slice(size - first - 1, None)
    yield f"bytes=-{10**40}", slice(None)


@pytest.mark.parametrize("size", [1, 2, 1000, BLOCK, BLOCK + 1, len(DATA)])
def test_every_range_gives_exactly_its_bytes(size: int) -> None:
    what = stored(DATA[:size])
    for header, part in some_ranges(size):
        response = ask(what, Range=header)
        assert response.status_code == 206, header
        start, stop, _ = part.indices(size)
        assert response["Content-Range"] == f"bytes {start}-{stop - 1}/{size}", header
        assert body(response) == DATA[:size][part], header


@pytest.mark.parametrize("header", ["bytes=-0", "bytes=9-", "bytes=9-20", "bytes=99-"])
def test_a_range_beyond_the_end_is_refused_with_the_size(header: str) -> None:
    response = ask(stored(b"123456789"), Range=header)
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */9"
    assert body(response) == b""


@pytest.mark.parametrize(
    "header",
    ["", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes=٣-"],
)
def test_what_is_no_single_range_is_answered_with_the_whole(header: str) -> None:
    response = ask(stored(DATA), Range=header)
    assert response.status_code == 200
    assert "Content-Range" not in response
    assert response["Accept-Ranges"] == "bytes"
    assert body(response) == DATA


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ('"abc"', 206),
        ('"abd"', 200),
        ('W/"abc"', 200),
        (DATE, 206),
        ("Sun, 01 Mar 2026 12:00:01 GMT", 200),
        ("nonsense", 200),
    ],
)
def test_a_part_is_sent_only_of_what_the_client_already_has(
    condition: str, status: int
) -> None:
    assert ask(stored(DATA), Range="bytes=5-", If_Range=condition).status_code == status


def test_a_head_says_the_length_and_sends_nothing() -> None:
    response = ask(stored(DATA), "HEAD", Range="bytes=5-")
    assert response.status_code == 200
    assert response["Content-Length"] == str(len(DATA))
    assert body(response) == b""
