"""Archives of many gigabytes: all of it arrives, and the server hardly grows."""

from collections.abc import Callable

import pytest

from tests.delivery_site import serving

pytestmark = pytest.mark.prove
GB = 1 << 30
SIZES = [5 * GB, 3 * GB, *[GB // 8] * 16, 1]


def test_ten_gigabytes_arrive_from_under_a_hundred_megabytes(
    proved: Callable[[str], None],
) -> None:
    with serving() as site:
        pks = site.call("hollow", SIZES)
        alice = site.call("person")
        asked = f"image={','.join(pks)}"
        # The first request loads what all of them need.
        site.get("/zip/", alice, query=f"image={pks[-1]}")
        before = site.memory()
        with site.asking("/zip/", alice, query=asked) as response:
            whole = int(response.headers["Content-Length"])
            taken, block = 0, bytearray(1 << 20)
            start = b""
            while count := response.readinto(block):
                start = start or bytes(block[:4])
                taken += count
                end = bytes(block[:count])[-22:]
        assert taken == whole > 10 * GB
        assert (start, end[:4]) == (b"PK\3\4", b"PK\5\6")
        assert all(site.call("count", pk) for pk in pks)
        grown = site.memory() - before
        assert grown < 100_000_000
        proved(
            f"A ZIP of {whole / 1e9:.1f} GB: the server grew by {grown / 1e6:.0f} MB."
        )
