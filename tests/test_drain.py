"""Whether the last byte arrived: asked of the kernel, over real sockets."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from types import SimpleNamespace

import pytest

from imaging.delivery import handover
from imaging.delivery.handover import is_taken, untaken

DATA = bytes(200_000)


@pytest.fixture(params=["tcp", "unix"])
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, ...]]:
    """Yield the server's and the client's end; the kernel takes DATA at once."""
    with ExitStack() as stack:
        if request.param == "unix":
            ours, theirs = socket.socketpair()
        else:
            theirs = socket.socket()
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with closing(socket.create_server(("127.0.0.1", 0))) as listener:
                theirs.connect(listener.getsockname())
                ours, _ = listener.accept()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
        for end in (ours, theirs):
            stack.enter_context(closing(end))
            end.settimeout(30)
        ours.sendall(DATA)
        yield ours, theirs


def read_all(theirs: socket.socket) -> None:
    while theirs.recv(1 << 16):
        pass


def test_a_client_that_reads_to_the_end_has_the_file(
    ends: tuple[socket.socket, ...],
) -> None:
    ours, theirs = ends
    assert untaken(ours)
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(read_all, theirs)
        assert is_taken(ours)
        ours.close()
        reading.result(30)


def test_a_client_that_reads_nothing_has_not(
    ends: tuple[socket.socket, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "SILENCE", 0.1)
    assert not is_taken(ends[0])


def test_a_client_that_leaves_has_not_and_is_not_waited_for(
    ends: tuple[socket.socket, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = ends
    monkeypatch.setattr(handover, "SILENCE", float("inf"))
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(is_taken, ours)
        theirs.recv(1000)
        theirs.close()
        assert waiting.result(30) is False


def test_a_client_that_has_left_with_all_of_it_has_the_file(
    ends: tuple[socket.socket, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = ends
    while untaken(ours):
        theirs.recv(1 << 16)
    theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        read_all(theirs)
    theirs.close()
    monkeypatch.setattr(handover, "GRACE", None)
    assert is_taken(ours)


def test_a_client_that_asks_for_more_has_the_file(
    ends: tuple[socket.socket, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = ends
    monkeypatch.setattr(handover, "GRACE", None)
    while untaken(ours):
        theirs.recv(1 << 16)
    theirs.sendall(b"GET / HTTP/1.1")
    assert is_taken(ours)


def test_a_client_that_leaves_what_its_kernel_took_has_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handover, "GRACE", None)
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as listener,
        closing(socket.create_connection(listener.getsockname())) as theirs,
        closing(listener.accept()[0]) as ours,
        ThreadPoolExecutor() as pool,
    ):
        ours.sendall(b"12345")
        theirs.recv(1)
        waiting = pool.submit(is_taken, ours)
        theirs.close()
        assert waiting.result(30) is False


def test_a_client_that_has_ended_its_own_side_may_still_read(
    ends: tuple[socket.socket, ...],
) -> None:
    ours, theirs = ends
    theirs.shutdown(socket.SHUT_WR)
    with ThreadPoolExecutor() as pool:
        pool.submit(read_all, theirs)
        assert is_taken(ours)
        ours.shutdown(socket.SHUT_WR)


def test_a_slow_client_has_all_the_time_it_needs_while_it_reads(
    ends: tuple[socket.socket, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = ends
    clock = [0.0]
    monkeypatch.setattr(handover, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    def read_slowly() -> None:
        while left := untaken(ours):
            while untaken(ours) == left:
                theirs.recv(1 << 14)
            clock[0] += handover.SILENCE * 0.9

    with ThreadPoolExecutor() as pool:
        reading = pool.submit(read_slowly)
        assert is_taken(ours)
        reading.result()
    assert clock[0] > 2 * handover.SILENCE


def test_without_a_socket_what_was_written_counts() -> None:
    assert is_taken(None)
