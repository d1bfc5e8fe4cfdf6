"""Digests are those of the bytes in their order, whichever thread has hashed them."""

import hashlib
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from imaging.digests import WORTH, Digest

DATA = os.urandom(40 * WORTH)


def digest_of(step: int) -> str:
    digest = Digest()
    for start in range(0, len(DATA), step):
        digest.update(DATA[start : start + step])
    return digest.hexdigest()


@pytest.mark.parametrize("step", [WORTH - 1, WORTH, WORTH + 1, 7 * WORTH, len(DATA)])
def test_pieces_of_any_size_make_the_digest_of_the_whole(step: int) -> None:
    assert digest_of(step) == hashlib.sha256(DATA).hexdigest()


def test_many_digests_are_made_at_once() -> None:
    with ThreadPoolExecutor(20) as pool:
        made = set(pool.map(digest_of, [WORTH] * 100))
    assert made == {hashlib.sha256(DATA).hexdigest()}


def test_a_digest_is_forgotten_halfway_and_another_made() -> None:
    for _ in range(50):
        Digest().update(DATA)
    assert digest_of(WORTH) == hashlib.sha256(DATA).hexdigest()


def test_a_forked_process_hashes_too() -> None:
    right = digest_of(WORTH)
    if not (child := os.fork()):
        signal.alarm(60)
        os._exit(digest_of(WORTH) != right)
    assert os.waitpid(child, 0)[1] == 0
