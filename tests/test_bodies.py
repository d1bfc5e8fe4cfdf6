"""Bodies are read from a socket as large as they are asked for, and no further."""

import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from gunicorn.http.body import Body, LengthReader  # type: ignore[import-untyped]
from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped]

from config import bodies
from imaging.receiving import CHUNK

DATA = bytes(range(256)) * (CHUNK // 128)
NEXT = b"GET / HTTP/1.1\r\n\r\n"
Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    bodies.read_straight()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def body_of(line: socket.socket, read: bytes = b"", length: int = len(DATA)) -> Body:
    """Return a body of which the server has read so much with the headers."""
    unreader = SocketUnreader(line)
    unreader.unread(read)
    return Body(LengthReader(unreader, length))


@pytest.mark.parametrize("before", [0, 7, CHUNK, CHUNK + 7])
def test_pieces_are_whole_however_the_bytes_arrive(pair: Pair, before: int) -> None:
    ours, theirs = pair
    body = body_of(ours, DATA[:before])

    def send() -> None:
        for start in range(before, len(DATA), 10_007):
            theirs.sendall(DATA[start : start + 10_007])
        theirs.sendall(NEXT)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(send)
        assert [body.read(CHUNK) for _ in range(3)] == [DATA[:CHUNK], DATA[CHUNK:], b""]
    assert ours.recv(100) == NEXT


def test_what_came_with_the_headers_is_not_read_beyond_the_body(pair: Pair) -> None:
    body = body_of(pair[0], b"body" + NEXT, 4)
    assert [body.read(100), body.read(100)] == [b"body", b""]
    assert body.reader.unreader.take_buffered() == NEXT


def test_lines_and_the_rest_are_read_as_from_a_file(pair: Pair) -> None:
    pair[1].sendall(b"one\ntwo\nthree and four")
    body = body_of(pair[0], length=22)
    assert [body.readline(), body.read(2), body.read(), body.read()] == [
        b"one\n",
        b"tw",
        b"o\nthree and four",
        b"",
    ]


def test_a_client_that_leaves_ends_its_body(pair: Pair) -> None:
    pair[1].sendall(b"half")
    pair[1].close()
    body = body_of(pair[0])
    assert [body.read(CHUNK), body.read(CHUNK)] == [b"half", b""]


def test_a_client_that_is_silent_is_not_waited_for(pair: Pair) -> None:
    limit = struct.pack("ll", 0, 10_000)
    pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    pair[1].sendall(b"half")
    with pytest.raises(BlockingIOError):
        body_of(pair[0]).read(CHUNK)
