"""Many programs at once, at each door: nothing fails, is lost, or is told in a log."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import pytest
import requests

from tests.application import PASSWORD, application
from tests.doors import PROGRAMS, Doors, Keys
from tests.drawing import jpeg
from tests.providers.haut.served import HEADERS

FEW, MANY = 24, 200
DOORS = ["form", *PROGRAMS]
# How many pictures and tasks there are, by the names and doors they came by.
COUNT = """
import json
from collections import Counter
from imaging.models import Image, Task
images = Image.objects.values_list("name", flat=True)
names = Counter("-".join(one.split("-")[:2]) for one in images)
doors = Counter(Task.objects.values_list("batch__door", flat=True))
print(json.dumps([names, doors]))
"""


@cache
def picture(number: int) -> bytes:
    return jpeg(300, 300, seed=number)


def data(number: int, name: str) -> bytes:
    """Return a picture that no other door gets to the byte."""
    return picture(number) + name.partition("-")[0].encode()


def counted(doors: Doors) -> Any:
    """Return how many pictures came by each way, and how many tasks."""
    return json.loads(doors.site.manage("shell", "-v0", "-c", COUNT))


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    """The application, but for its engine: hundreds of jobs would be begun there."""
    with application("web", "worker", "watch") as site:
        yield Doors(site)


@pytest.mark.parametrize("many", [FEW, pytest.param(MANY, marks=pytest.mark.prove)])
def test_all_that_is_sent_at_once_is_kept(
    doors: Doors, many: int, proved: Callable[[str], None]
) -> None:
    before = Counter(counted(doors)[1])
    for door in DOORS:
        names = [f"{door}-{many}-{number}.jpg" for number in range(many)]
        with ThreadPoolExecutor(many) as pool:
            sent = [
                pool.submit(doors.send, door, data(number, name), name, number)
                for number, name in enumerate(names)
            ]
        outcomes = [one.result() for one in sent]
        failed = [outcome for outcome in outcomes if not outcome.taken]
        said = f"{door}: {len(failed)} of {many} failed: {failed[:3]}"
        assert not failed, f"{said}\n{doors.site.logs(200)}"
    kinds, begun = counted(doors)
    kept = {door: kinds.get(f"{door}-{many}", 0) for door in DOORS}
    assert kept == dict.fromkeys(DOORS, many)
    assert Counter(begun) - before == {"retouch4me": many, "haut": many}
    assert json.loads(doors.site.manage("check_integrity", "--json"))["ok"]
    told = f"{many} uploads in flight at each of {len(DOORS)} doors"
    proved(f"{told}: {many * len(DOORS)} of {many * len(DOORS)} kept, no refusal.")


def test_no_log_tells_what_opens_something(doors: Doors) -> None:
    for door in DOORS:
        name = f"{door}-once-0.jpg"
        assert doors.send(door, data(0, name), name).taken
    keys = doors.keys
    wrong = Keys("dr_a-token-that-never-was", keys[0].access, "another-secret-key")
    doors.keys = [wrong]
    for door in PROGRAMS:
        assert 400 <= doors.send(door, picture(0), "wrong.jpg").status < 500
    doors.keys = keys
    forged = [re.sub("X-Signature=.", "X-Signature=_", one) for one in doors.addresses]
    assert len(forged) >= 2
    for address in [*doors.addresses, *forged]:
        # One that was used, or is not ours, is refused, and that is logged.
        requests.put(address, data=b"x", headers=HEADERS, timeout=60)
    logs = "".join(one.read_text() for one in doors.site.folder.glob("*.log"))
    assert "Forbidden" in logs or "Unauthorized" in logs
    told = [PASSWORD, wrong.token, wrong.secret, *doors.browser.cookies.values()]
    told += [one for key in keys for one in (key.token, key.secret)]
    told += [one.rpartition("=")[2] for one in [*doors.addresses, *forged]]
    assert not [one for one in told if one in logs]
    assert "Traceback" not in logs
