"""Many programs at Retouch4me's door at once: one answer for one key, no more than
is left, nothing of what is refused."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.application import Application, application
from tests.drawing import jpeg
from tests.providers.retouch4me.asking import (
    FLAT,
    FORM,
    START,
    Answer,
    ask,
    form_of,
    parts,
)

pytestmark = pytest.mark.both
MANY, GRANTED = 40, 25
MOST = 100 << 20
SMALL = jpeg(80, 64)
GRANT = """
from imaging.models import Team
from imaging.providers.retouch4me.server.quota import account_of
account_of(Team.objects.get()).learn(daily={})
"""
COUNT = """
from imaging.models import *
print(Task.objects.count(), Image.objects.count(), Blob.objects.count())
"""


@dataclass(frozen=True)
class Served:
    """A site that takes jobs and does none."""

    site: Application
    token: str

    def start(self, body: bytes, **headers: str) -> Answer:
        line = f"POST {START}"
        return ask(self.site.url, line, body, Content_Type=FORM, **headers)

    def shell(self, code: str) -> str:
        return self.site.manage("shell", "-v0", "-c", code).strip()

    def leftovers(self) -> list[str]:
        return [one.name for one in (self.site.data / "tmp").iterdir()]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with application("web", WEB_CONCURRENCY="2") as site:
        site.add_person("alice@example.com")
        token = site.manage("apitoken", "alice@example.com").splitlines()[0]
        yield Served(site, token)


def at_once(count: int, call: Callable[[int], Answer]) -> list[Answer]:
    """Make so many calls that begin together."""
    gate = threading.Barrier(count)

    def one(number: int) -> Answer:
        gate.wait()
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def body(served: Served, file: bytes, number: int) -> bytes:
    """Return what is sent; every other time the token comes last."""
    return form_of(parts(served.token, FLAT, file, late=number % 2 == 0))


def test_one_key_is_one_task_and_one_picture(served: Served) -> None:
    served.shell(GRANT.format(1))
    answers = at_once(
        16,
        lambda number: served.start(
            body(served, SMALL, number), Idempotency_Key="0b9f"
        ),
    )
    assert {one.status for one in answers} == {200}
    assert len({one.body for one in answers}) == 1
    assert served.shell(COUNT) == "1 1 1"


def test_many_at_once_get_what_is_left_and_no_more(served: Served) -> None:
    before = int(served.shell(COUNT).split()[0])
    served.shell(GRANT.format(before + GRANTED))
    answers = at_once(
        MANY,
        lambda number: served.start(body(served, jpeg(80, 64, 1 + number), number)),
    )
    counted = Counter(one.status for one in answers)
    assert counted == {200: GRANTED, 461: MANY - GRANTED}
    begun = [one.said for one in answers if one.status == 200]
    assert sorted(one["retouchQuota"] for one in begun) == list(range(GRANTED))
    assert len({one["id"] for one in begun}) == GRANTED
    now = GRANTED + before
    assert served.shell(COUNT) == f"{now} {now} {now}"
    assert not served.leftovers()


def test_what_is_too_large_is_refused_and_gone(served: Served) -> None:
    """By what it says of itself before a byte comes, or at the first byte too many."""
    served.shell(GRANT.format(10_000))
    line = f"POST {START}"
    said = str(MOST + (1 << 20) + 1)
    shown = {"X_Retouch_Token": served.token, "Content_Type": FORM}
    told = ask(served.site.url, line, Content_Length=said, **shown)
    assert told.error == (400, "The file is larger than 100 MB.")
    for late in (False, True):
        whole = form_of(parts(served.token, FLAT, bytes(MOST + 1), late=late))
        assert served.start(whole).error == (400, "The file is larger than 100 MB.")
        assert not served.leftovers()
    # One byte less is no picture, and said to be none.
    whole = form_of(parts(served.token, FLAT, bytes(MOST)))
    status, said = served.start(whole).error
    assert (status, "none of the formats" in said) == (400, True)
    assert not served.leftovers()


def test_a_stranger_hears_so_however_much_was_sent(served: Served) -> None:
    for late in (False, True):
        whole = form_of(parts("wrong", FLAT, bytes(MOST), late=late))
        assert served.start(whole).error == (460, "Token issue")
        assert not served.leftovers()
