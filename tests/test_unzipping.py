"""Archives of strangers: honest ones are taken apart, the others refused by name."""

import io
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from imaging.decoding.unzipping import BadArchive, Bounds, opened

BOUNDS = Bounds(total=5_000_000, each=4_000_000, members=5)


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in entries:
            archive.writestr(name, body)
    return to.getvalue()


def link() -> bytes:
    entry = zipfile.ZipInfo("layer.png")
    entry.external_attr = 0o120777 << 16
    return packed((entry, b"/etc/passwd"))


def flagged() -> bytes:
    """An entry that says it is encrypted, in both of its headers."""
    data = bytearray(packed(("a.png", b"a")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + offset
        data[at : at + 2] = struct.pack("<H", 1)
    return bytes(data)


def overlapping() -> bytes:
    """Two listed entries with the same bytes behind them."""
    data = packed(("a.png", b"a" * 50), ("b.png", b"b" * 50))
    second = data.rindex(b"PK\x01\x02")
    return data[: second + 42] + bytes(4) + data[second + 46 :]


def understated() -> bytes:
    """A large entry whose list says that it is small."""
    data = bytearray(packed(("a.png", bytes(range(256)) * 30_000)))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<I", 10)
    return bytes(data)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "no archive": (lambda: b"PK\x03\x04 and nothing else", "cannot be read"),
    "nothing": (lambda: b"", "empty"),
    "cut": (lambda: packed(("a", b"b" * 99))[:-30], "cannot be read"),
    "too many": (lambda: packed(*[(f"{n}", b"") for n in range(6)]), "more than 5"),
    "a thousand": (lambda: packed(*[(f"{n}", b"") for n in range(999)]), "more than 5"),
    "too much": (
        lambda: packed(("a", bytes(range(250)) * 12_000), ("b", bytes(2_500_000))),
        "more than 5,000,000 bytes",
    ),
    "one too large": (lambda: packed(("a", bytes(4_500_000))), "4,000,000 bytes"),
    "a bomb": (lambda: packed(("a", bytes(3_900_000))), "beyond belief"),
    "a way up": (lambda: packed(("../a.png", b"a")), "leads out"),
    "a way up, by Windows": (lambda: packed(("x\\..\\..\\a.png", b"a")), "leads out"),
    "a drive": (lambda: packed(("C:\\a.png", b"a")), "leads out"),
    "a root": (lambda: packed(("/etc/passwd", b"a")), "leads out"),
    "a link": (link, "link"),
    "a secret": (flagged, "encrypted"),
    "one on another": (overlapping, "on each other"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_harmful_archive_is_refused_before_anything_is_unpacked(
    tmp_path: Path, what: str
) -> None:
    data, why = BAD[what]
    path = tmp_path / "given.zip"
    path.write_bytes(data())
    with pytest.raises(BadArchive, match=why), opened(path, BOUNDS):
        pass


def test_an_honest_archive_is_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "given.zip"
    path.write_bytes(packed(("index=0&name=Dodge Burn.png", b"one"), ("folder/", b"")))
    with opened(path, BOUNDS) as archive:
        assert archive.names == ["index=0&name=Dodge Burn.png"]
        assert archive.unpack(archive.names[0], tmp_path / "out") == 3
    assert (tmp_path / "out").read_bytes() == b"one"


def test_what_comes_out_is_counted_and_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "given.zip"
    path.write_bytes(understated())
    with opened(path, BOUNDS) as archive, pytest.raises(BadArchive):
        archive.unpack("a.png", tmp_path / "out")
    assert (tmp_path / "out").stat().st_size <= BOUNDS.each


def test_all_entries_share_one_bound(tmp_path: Path) -> None:
    path = tmp_path / "given.zip"
    path.write_bytes(packed(("a", b"a" * 60), ("b", b"b" * 60)))
    with opened(path, BOUNDS) as archive:
        archive.unpack("a", tmp_path / "a")
        with pytest.raises(BadArchive, match="more than 50 bytes"):
            archive.unpack("b", tmp_path / "b", most=50)


def test_whatever_is_damaged_is_told_as_that(tmp_path: Path) -> None:
    """Thousands of seeded mutations: a refusal or an archive, never another error."""
    path, chance = tmp_path / "given.zip", random.Random(4)  # noqa: S311
    good = packed(*[(f"index={n}&name=Hä{n}.png", bytes(90)) for n in range(3)])
    told = 0
    for _ in range(800):
        data = bytearray(good)
        for _ in range(chance.choice((1, 2, 4))):
            data[chance.randrange(len(data))] = chance.choice((0, 128, 255))
        path.write_bytes(data)
        try:
            with opened(path, BOUNDS) as archive:
                for name in archive.names:
                    archive.unpack(name, tmp_path / "out")
        except BadArchive:
            told += 1
    assert told > 300


def test_a_damaged_entry_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "given.zip"
    data = bytearray(packed(("a", bytes(range(256)))))
    data[60] ^= 0xFF
    path.write_bytes(bytes(data))
    with (
        opened(path, BOUNDS) as archive,
        pytest.raises(BadArchive, match="damaged"),
    ):
        archive.unpack("a", tmp_path / "a")
