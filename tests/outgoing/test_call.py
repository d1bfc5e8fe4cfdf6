"""How a request can fail, on real sockets: each failure has its code and sentence."""

import errno
import gzip
import socket
import tracemalloc
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from imaging.failures import OutcomeUnknown, ProviderError
from imaging.outgoing.door import Door
from tests.providers.playing import (
    HANG_UP,
    RESET,
    SILENCE,
    Playing,
    Script,
    answer,
    chunked,
    drip,
    giant,
    half,
)

IMPATIENT = {"timeout": (0.2, 0.2), "deadline": 0.5}
BOMB = gzip.compress(bytes(50_000_000))


@pytest.fixture
def vendor(settings: Settings) -> Iterator[Playing]:
    settings.OUTGOING_ALLOW_PRIVATE = True
    with Playing() as vendor:
        yield vendor


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\n"
MANY = HEAD + b"A: b\r\n" * 1000 + b"\r\n"
FAULTS: dict[str, tuple[str, Script]] = {
    "silence": ("timeout", SILENCE),
    "a byte now and then": ("timeout", drip(answer(bytes(99)), 0.1)),
    "headers without end": ("timeout", drip(MANY, 0.1, 6)),
    "chunks without end": ("timeout", chunked(repeat(b"x"), 0.1)),
    "hangs up": ("unreachable", [HANG_UP]),
    "reset": ("unreachable", [RESET]),
    "half a body": ("unreachable", half(answer(bytes(99)))),
    "half a body, reset": ("unreachable", half(answer(bytes(99)), RESET)),
    "half the chunks": ("unreachable", chunked([b"abc"], ended=False)),
    "chunk below zero": ("unreachable", HEAD + CHUNKED + b"-1\r\n" + bytes(9)),
    "not HTTP": ("bad_answer", b"220 mail.example ESMTP\r\n\r\n"),
    "a thousand headers": ("bad_answer", MANY),
    "broken gzip": ("bad_answer", answer(b"not gzip", Content_Encoding="gzip")),
    "a giant body": ("too_large", giant(10**12)),
    "a giant that says nothing": ("too_large", giant(10**9, declared=False)),
    "chunks of a giant": ("too_large", chunked(repeat(bytes(65_536)))),
    "a gzip bomb": ("too_large", answer(BOMB, Content_Encoding="gzip")),
    "a bomb in a bomb": (
        "too_large",
        answer(gzip.compress(BOMB), Content_Encoding="gzip, gzip"),
    ),
}


def door(vendor: Playing, code: str) -> Door:
    patience = IMPATIENT if code == "timeout" else {}
    return Door(vendor.url, max_bytes=1_000_000, **patience)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_the_other_side_has_its_code(vendor: Playing, fault: str) -> None:
    code, script = FAULTS[fault]
    vendor.on("GET /", script)
    with pytest.raises(ProviderError) as caught:
        door(vendor, code).request("GET", "/")
    assert caught.value.code == code
    assert caught.value.message.startswith("127.0.0.1 ")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_lost_answer_to_what_must_not_be_repeated_is_an_unknown_outcome(
    vendor: Playing, fault: str
) -> None:
    code, script = FAULTS[fault]
    vendor.on("POST /", script)
    with pytest.raises(OutcomeUnknown) as caught:
        door(vendor, code).request("POST", "/", json={})
    assert caught.value.code == "outcome_unknown"
    assert vendor.count() == 1


def test_a_bomb_never_comes_to_lie_in_memory(vendor: Playing) -> None:
    vendor.on("GET /", answer(BOMB, Content_Encoding="gzip"))
    vendor.on("GET /minus", HEAD + CHUNKED + b"-1\r\n" + bytes(50_000_000))
    door = Door(vendor.url, max_bytes=1_000_000)
    tracemalloc.start()
    try:
        for path in ("/", "/minus"):
            with pytest.raises(ProviderError):
                door.request("GET", path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


class Deaf(Playing):
    """Accepts connections and never reads; says `first`, if there is something."""

    first = b""

    def _converse(self, sock: socket.socket) -> None:
        sock.sendall(self.first)
        if not self.first:
            self._over.wait()
        sock.close()


def test_a_body_that_nobody_takes_ends_at_the_deadline(vendor: Playing) -> None:
    with Deaf() as deaf, pytest.raises(OutcomeUnknown):
        Door(deaf.url, **IMPATIENT).request("POST", "/", data=bytes(50_000_000))


def test_a_refusal_in_the_middle_of_a_body_is_heard(vendor: Playing) -> None:
    with Deaf() as deaf:
        deaf.first = answer(b"", 413)
        reply = Door(deaf.url).request("POST", "/", data=bytes(50_000_000))
    assert reply.status == 413


def test_a_full_disk_is_told_apart_from_a_lost_connection(
    vendor: Playing, tmp_path: Path
) -> None:
    vendor.on("GET /", answer(bytes(100_000)))
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    with pytest.raises(ProviderError) as caught:
        Door(vendor.url).download("/", full, max_bytes=10**6)
    assert caught.value.code == "storage"
    assert caught.value.__cause__.errno == errno.ENOSPC
