"""Bytes into a client's hands by way of the kernel: all of them, in order, bounded."""

import random
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.test import RequestFactory

from imaging.delivery import handover
from imaging.delivery.handover import BLOCK, Body, connection_of, open_part
from imaging.delivery.transfer import Stored
from tests.stored import stored

pytestmark = pytest.mark.django_db
DATA = random.Random(1).randbytes(3 * BLOCK + 7)  # noqa: S311


@contextmanager
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(30)
        yield ours, theirs


def sending(what: Stored, part: range, to: socket.socket) -> Body:
    return Body(open_part(what.key, part), part, to, None)


@pytest.mark.parametrize(
    ("first", "last"), [(0, len(DATA)), (0, BLOCK), (1, BLOCK + 2), (5, len(DATA) - 3)]
)
def test_what_the_kernel_sends_follows_exactly(first: int, last: int) -> None:
    with pair() as (ours, theirs), ThreadPoolExecutor() as pool:
        arriving = pool.submit(theirs.makefile("rb").read)
        sent = sending(stored(DATA), range(first, last), ours)
        for block in sent:
            ours.sendall(block)
        sent.close()
        ours.shutdown(socket.SHUT_WR)
        assert arriving.result(30) == DATA[first:last]


def test_a_file_that_ends_too_early_for_the_kernel_is_an_error() -> None:
    with pair() as (ours, _):
        sent = sending(stored(DATA[: BLOCK + 5]), range(BLOCK + 6), ours)
        with pytest.raises(EOFError, match="1 bytes too early"):
            list(sent)
        sent.close()


def test_a_client_that_stops_reading_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handover, "SILENCE", 0.1)
    with pair() as (ours, _):
        sent = sending(stored(DATA * 9), range(9 * len(DATA)), ours)
        with pytest.raises(BlockingIOError):
            list(sent)
        assert ours.getblocking()
        sent.close()


def test_a_connection_that_others_share_is_left_to_the_server() -> None:
    with pair() as (ours, _):
        for protocol, expected in [("HTTP/1.1", ours), ("HTTP/2.0", None)]:
            request = RequestFactory().get("/", SERVER_PROTOCOL=protocol)
            request.META["gunicorn.socket"] = ours
            assert connection_of(request) is expected
