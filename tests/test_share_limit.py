"""A link's download limit under many takers at once: gunicorn and real sockets."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.delivery_site import Site, serving
from tests.services import eventually

pytestmark = pytest.mark.both
TAKERS = 50


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def test_of_fifty_takers_exactly_three_get_what_is_limited_to_three(
    site: Site,
) -> None:
    address, link = site.call("shared", 3)
    with ThreadPoolExecutor(TAKERS) as pool:
        got = list(pool.map(lambda _n: site.get(address, "").status, range(TAKERS)))
    assert sorted(got) == [200] * 3 + [403] * (TAKERS - 3), site.log.read_text()
    assert site.call("of_link", link) == [3, 0]
    assert site.count(address) == 3


def test_who_reads_most_of_it_has_taken_it_and_may_go_on(site: Site) -> None:
    address, link = site.call("shared", 1)
    with site.asking(address, "") as response:
        cookie = str(response.headers["Set-Cookie"]).partition(";")[0]
        size = int(response.headers["Content-Length"])
        response.read(size * 3 // 4)
    assert site.call("of_link", link) == [0, 0]
    assert site.get(address, "").status == 403
    assert site.get(address, cookie).status == 200
    assert site.call("of_link", link) == [1, 0]


def test_of_fifty_takers_of_all_exactly_three_get_it(site: Site) -> None:
    address, link = site.call("shared", 3)
    whole = address.partition("/download")[0].rpartition("/")[0] + "/zip"
    with ThreadPoolExecutor(TAKERS) as pool:
        got = list(pool.map(lambda _n: site.get(whole, "").status, range(TAKERS)))
    assert sorted(got) == [200] * 3 + [403] * (TAKERS - 3), site.log.read_text()
    assert site.call("of_link", link) == [3, 0]
    assert site.count(address) == 3


@pytest.mark.parametrize("limit", [None, 1_000])
@pytest.mark.parametrize(
    "many", [24, pytest.param(1_000, marks=pytest.mark.prove)], ids=str
)
def test_each_guest_counts_once_and_has_a_number(
    site: Site, many: int, limit: int | None, proved: Callable[[str], None]
) -> None:
    address, link = site.call("shared", limit)
    with ThreadPoolExecutor(min(many, 200)) as pool:
        got = list(pool.map(lambda _n: site.get(address, "").status, range(many)))
    assert set(got) == {200}
    assert site.call("guests_of", link) == list(range(1, many + 1))
    assert site.call("of_link", link) == [many, None if limit is None else limit - many]
    bound = f"a limit of {limit:,}" if limit else "no limit"
    proved(f"{many:,} guests at a link with {bound}: {many:,} downloads and numbers.")


def test_who_hangs_up_leaves_the_limit_as_it_was(site: Site) -> None:
    address, link = site.call("shared", 1)
    with site.asking(address, "") as response:
        assert response.status == 200
        assert site.call("of_link", link) == [0, 0]
        assert site.get(address, "").status == 403
    eventually("it is given back", lambda: site.call("of_link", link) == [0, 1])
    assert site.get(address, "").status == 200
    assert site.call("of_link", link) == [1, 0]
