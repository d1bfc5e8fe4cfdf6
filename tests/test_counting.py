"""A download counts when its last byte has arrived: gunicorn and real sockets."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from threading import Barrier

import pytest

from imaging.models.downloads import REPEAT
from tests.delivery_site import DOWNLOAD, Got, Site, serving
from tests.services import eventually, postgres

pytestmark = pytest.mark.both
QUARTER = REPEAT.total_seconds()
MB = 1_000_000
NOISE = ("Error handling request", "Socket error", "Exception", "was silent")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def test_a_whole_download_counts_once_a_quarter_of_an_hour(site: Site) -> None:
    address, digest = site.image(3 * MB)
    alice = site.call("person")
    for counted, aged in [(1, 0), (1, QUARTER - 60), (1, 60), (2, 0)]:
        assert site.get(address, alice).digest == digest
        assert site.count(address) == counted
        site.call("age", aged)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-999999", "bytes=-1000000"])
def test_a_range_that_is_all_of_it_counts(site: Site, header: str) -> None:
    address, digest = site.image(MB)
    got = site.get(address, site.call("person"), Range=header)
    assert (got.status, got.digest) == (206, digest)
    assert site.count(address) == 1


@pytest.mark.parametrize("part", [(0, 999), (1, MB), (300_000, 2 * MB), (2 * MB, None)])
def test_a_part_of_it_is_exact(site: Site, part: tuple[int, int | None]) -> None:
    address, digest = site.image(3 * MB)
    alice = site.call("person")
    first, last = part
    whole = site.get(address, alice)
    got = site.get(address, alice, Range=f"bytes={first}-{last or ''}")
    assert whole.digest == digest
    assert got.data == whole.data[first : last and last + 1]


@pytest.mark.parametrize(
    ("path", "method", "headers", "status"),
    [
        (DOWNLOAD, "HEAD", {}, 200),
        (DOWNLOAD, "GET", {"If_None_Match": "*"}, 304),
        (DOWNLOAD, "GET", {"Range": "bytes=1-"}, 206),
        (DOWNLOAD, "GET", {"Range": "bytes=0-999998"}, 206),
        (DOWNLOAD, "GET", {"Range": "bytes=-999999"}, 206),
        (DOWNLOAD, "GET", {"Range": "bytes=1000000-"}, 416),
        ("/images/{}/original", "GET", {}, 200),
        ("/images/{}/320", "GET", {}, 200),
        ("/images/{}/1600", "GET", {}, 200),
    ],
)
def test_nothing_else_counts(
    site: Site, path: str, method: str, headers: dict[str, str], status: int
) -> None:
    address, _ = site.image(MB)
    other = path.format(address.split("/")[2])
    got = site.get(other, site.call("person"), method, **headers)
    assert got.status == status
    assert site.count(address) == 0


@pytest.mark.parametrize(
    ("size", "read"), [(2 * MB, 0), (2 * MB, 9_000), (40 * MB, 0), (40 * MB, 20 * MB)]
)
def test_an_aborted_download_does_not_count(site: Site, size: int, read: int) -> None:
    address, _ = site.image(size)
    with site.asking(address, site.call("person")) as response:
        assert len(response.read(read)) == read
        left = min(size - read, 2 * MB) - 100_000
        eventually("the kernel has the rest", lambda: site.kept(response) > left)
    assert site.count(address) == 0
    assert not [words for words in NOISE if words in site.log.read_text()]


def test_what_lies_in_the_kernel_counts_only_when_it_was_taken(site: Site) -> None:
    address, digest = site.image(2 * MB)
    with site.asking(address, site.call("person")) as response:
        # The rest lies in the client's own reader, that has looked for headers.
        eventually("all was sent", lambda: site.kept(response) > 2 * MB - 100_000)
        assert site.count(address) == 0
        assert Got(200, response.read()).digest == digest
    assert site.count(address) == 1


def test_a_zip_counts_its_files_when_all_of_it_was_taken(site: Site) -> None:
    several = [site.image(size)[0] for size in (MB, 20 * MB, 2 * MB)]
    pks = ",".join(address.split("/")[2] for address in several)
    alice = site.call("person")
    for read in (0, 2 * MB, 22 * MB):
        with site.asking("/zip/", alice, query=f"image={pks}") as response:
            assert len(response.read(read)) == read
        assert [site.count(one) for one in several] == [0, 0, 0]
    with site.asking("/zip/", alice, query=f"image={pks}") as response:
        assert len(response.read()) == int(response.headers["Content-Length"])
    assert [site.count(one) for one in several] == [1, 1, 1]


def test_many_at_once_count_once_for_each_visitor(site: Site) -> None:
    address, digest = site.image(MB)
    visitors = [site.call("person") for _ in range(6)]
    with ThreadPoolExecutor(24) as pool:
        taken = pool.map(lambda visitor: site.get(address, visitor), visitors * 4)
        assert {got.digest for got in taken} == {digest}
    assert site.count(address) == len(visitors)


def test_slow_downloads_hold_no_database_connection() -> None:
    with ExitStack() as stack:
        site = stack.enter_context(
            serving(
                **stack.enter_context(postgres()),
                DJANGO_SETTINGS_MODULE="tests.delivery_settings",
                WEB_CONCURRENCY="1",
                POOL="2",
            )
        )
        address, digest = site.image(8 * MB)
        alice, bob = site.call("person"), site.call("person")
        slow = [stack.enter_context(site.asking(address, bob)) for _ in range(6)]
        assert site.get(address, alice).digest == digest
        assert site.count(address) == 1
        assert Got(200, slow[0].read()).digest == digest
        eventually("the slow one counts", lambda: site.count(address) == 2)


@pytest.mark.prove
def test_a_thousand_visitors_at_once_are_a_thousand_downloads(
    site: Site, proved: Callable[[str], None]
) -> None:
    address, digest = site.image(MB)
    visitors = [site.call("person") for _ in range(1000)]
    together = Barrier(len(visitors), timeout=120)

    def take(visitor: str) -> str:
        line = HTTPConnection("127.0.0.1", site.port, timeout=300)
        together.wait()
        line.request("GET", address, headers={"Cookie": visitor})
        return Got(200, line.getresponse().read()).digest

    with ThreadPoolExecutor(len(visitors)) as pool:
        assert set(pool.map(take, visitors)) == {digest}
    eventually("all have counted", lambda: site.count(address) >= len(visitors), 60)
    counted = site.count(address)
    assert counted == len(visitors)
    proved(f"{len(visitors):,} downloads by as many visitors at once: {counted:,}.")
