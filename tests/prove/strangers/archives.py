"""Archives of layers as no honest provider packs them, and what becomes of each."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable

from tests import drawing
from tests.prove.strangers.planted import dense, sized
from tests.providers.retouch4me.played import layer
from tests.test_unzipping import packed

NAME = "index=0&blendmode=normal&name=Heal.png"
OTHER = "index=1&blendmode=softLight&name=Dodge Burn.png"
SIZE = (320, 240)
GOOD = layer(SIZE, 90)
# Where an entry is listed at an archive's end, and what is said of it there.
LISTED, LOCAL, END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"


def one(name: str, body: bytes = GOOD) -> bytes:
    return packed((name, body))


def special(kind: int) -> bytes:
    """Pack an entry that is no file: a link, a device."""
    entry = zipfile.ZipInfo(NAME)
    entry.external_attr = (kind | 0o777) << 16
    return packed((entry, b"/etc/passwd"))


def changed(data: bytes, *writes: tuple[bytes, int, str, int]) -> bytes:
    """Change numbers, each behind the last such mark: mark, offset, format, value."""
    damaged = bytearray(data)
    for mark, offset, form, value in writes:
        struct.pack_into(form, damaged, damaged.rindex(mark) + offset, value)
    return bytes(damaged)


def two() -> bytes:
    return packed((NAME, GOOD), (OTHER, GOOD))


def twins() -> bytes:
    other = NAME.replace("index=0", "index=1")
    return packed((NAME, GOOD), (other, GOOD)).replace(b"index=1", b"index=0")


def many(count: int) -> bytes:
    name = "index={}&blendmode=normal&name=Heal.png"
    return packed(*((name.format(at), b"") for at in range(count)))


def noise(count: int) -> bytes:
    """Return bytes that an archive does not pack beyond belief, but well."""
    return (bytes(range(256)) * 64 + bytes(90_000)) * (count // 106_384)


def stored_beyond() -> bytes:
    """Pack more layers than the picture has room for, each within its own bound."""
    body = noise(15 << 20)
    return packed(*((f"index={at}&name=Heal{at}.png", body) for at in range(30)))


def bomb_behind() -> bytes:
    """Pack what says it has 99 bytes and unpacks to 300 MB."""
    data = one(NAME, bytes(300 << 20))
    return changed(data, (LISTED, 24, "<I", 99), (LOCAL, 22, "<I", 99))


def squeezed() -> bytes:
    """Draw a layer of few bytes and far too many pixels."""
    return sized(GOOD, 50_000, 50_000)


def with_report(report: bytes) -> bytes:
    return packed((NAME, GOOD), ("result.json", report))


def gif() -> bytes:
    to = io.BytesIO()
    drawing.photo(*SIZE).save(to, "GIF")
    return to.getvalue()


def locked() -> bytes:
    return changed(one(NAME), (LOCAL, 6, "<H", 1), (LISTED, 8, "<H", 1))


# Each with whether its task is completed: what can be laid on the picture is.
ARCHIVES: dict[str, tuple[Callable[[], bytes], bool]] = {
    "honest": (two, True),
    "a report that is garbage": (lambda: with_report(b"\xff{]" * 99), True),
    "a report without end": (lambda: with_report(b"[" * 100_000), True),
    "a report of its own mind": (lambda: with_report(json.dumps(3).encode()), True),
    "a layer of another size": (lambda: one(NAME, layer((64, 64), 9)), True),
    "a blend mode that nobody knows": (
        lambda: one("index=0&blendmode=\x07evil&name=Heal.png"),
        True,
    ),
    "a way up": (lambda: one(f"../{NAME}"), False),
    "a way up further down": (lambda: one(f"a/../../{NAME}"), False),
    "a way up, by Windows": (lambda: one(f"..\\..\\{NAME}"), False),
    "a root": (lambda: one(f"/etc/{NAME}"), False),
    "a drive": (lambda: one(f"C:\\{NAME}"), False),
    "a link": (lambda: special(0o120000), False),
    "a device": (lambda: special(0o020000), False),
    "encrypted": (locked, False),
    "one on another": (lambda: changed(two(), (LISTED, 42, "<I", 0)), False),
    "the same place twice": (lambda: two().replace(b"index=1", b"index=0"), True),
    "the same name twice": (twins, False),
    "packed beyond belief": (lambda: one(NAME, bytes(16 << 20)), False),
    "one too large": (lambda: one(NAME, noise(20 << 20)), False),
    "too large altogether": (stored_beyond, False),
    "300 MB that say they are 99 bytes": (bomb_behind, False),
    "too many": (lambda: many(97), False),
    "ten thousand": (lambda: many(10_000), False),
    "an archive in it": (lambda: one(NAME, two()), False),
    "an archive in it that is a bomb": (
        lambda: one(NAME, packed(("a", dense()))),
        False,
    ),
    "a picture of 2.5 gigapixels": (lambda: one(NAME, squeezed()), False),
    "a GIF": (lambda: one(NAME, gif()), False),
    "half a layer": (lambda: one(NAME, GOOD[: len(GOOD) // 2]), False),
    "words": (lambda: one(NAME, b"This is no picture."), False),
    "an empty layer": (lambda: one(NAME, b""), False),
    "nothing of use": (lambda: one("readme.txt", b"words"), False),
    "nothing at all": (packed, False),
    "cut": (lambda: two()[:-40], False),
    "cut in its first entry": (lambda: two()[:60], False),
    "a beginning alone": (lambda: LOCAL + bytes(200), False),
    "more entries told than there are": (
        lambda: changed(two(), (END, 8, "<H", 9), (END, 10, "<H", 9)),
        True,
    ),
    "a list that lies elsewhere": (lambda: changed(two(), (END, 16, "<I", 5)), False),
    "a list without an end": (
        lambda: changed(two(), (END, 12, "<I", 2**32 - 1)),
        False,
    ),
    "packed in a way of its own": (
        lambda: changed(one(NAME), (LISTED, 10, "<H", 99), (LOCAL, 8, "<H", 99)),
        False,
    ),
    "another sum": (lambda: changed(one(NAME), (LISTED, 16, "<I", 7)), False),
    "another name in front": (lambda: two().replace(b"index=0", b"index=7", 1), False),
}
