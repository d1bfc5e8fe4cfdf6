"""Damaged pictures without end, each the same whenever its number is asked for.

`python -m tests.prove.strangers.mutations 4711 FILE` writes one out.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import Random

from tests import drawing
from tests.prove.strangers.layout import chunks, lengths, signed, sizes

START = "Darkroom"
# Pictures that lie in dependencies of ours; each is used where it is there.
BUNDLED = {"skimage": "data", "sklearn": "datasets/images", "scipy": "ndimage/tests"}
SUFFIXES = {".png", ".jpg", ".bmp", ".webp"}
MOST = 400_000
EXTREMES = [0, 1, 2, 63, 64, 255, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]
Bytes = Callable[[bytes, Random], bytes]


@dataclass(frozen=True)
class Mutation:
    """One damaged picture: what was done to which."""

    number: int
    act: str
    of: str
    data: bytes

    def __str__(self) -> str:
        return f"mutation {self.number} ({self.act} of {self.of})"


@cache
def originals() -> list[tuple[str, bytes]]:
    """Return honest pictures of every kind, drawn and bundled, by a name for each."""
    drawn = drawing.everything()
    turned = {f"turned {one}": drawing.oriented(one) for one in range(2, 9)}
    return [*drawn.items(), *turned.items(), *bundled()]


def bundled() -> list[tuple[str, bytes]]:
    found = []
    for module, folder in BUNDLED.items():
        spec = find_spec(module)
        for place in (spec and spec.submodule_search_locations) or []:
            found += sorted((Path(place) / folder).glob("*"))
    small = [one for one in found if one.suffix in SUFFIXES]
    kept = [one for one in small if one.stat().st_size <= MOST]
    return [(one.name, one.read_bytes()) for one in kept]


def mutation(number: int) -> Mutation:
    """Make the damaged picture of this number."""
    chance = Random(f"{START} {number}")  # noqa: S311
    name, data = chance.choice(originals())
    act = chance.choice(ACTS)
    while (damaged := act(data, chance)) == data:
        continue
    if damaged.startswith(b"\x89PNG") and chance.random() < 0.5:
        # Else most of them would end at the first sum that is wrong.
        damaged = signed(damaged)
    return Mutation(number, act.__name__, name, damaged)


def flips(data: bytes, chance: Random) -> bytes:
    """Change some bytes, half of the time near the beginning."""
    changed = bytearray(data)
    within = min(len(data), chance.choice([64, 1_024, len(data), len(data)]))
    for _ in range(chance.choice([1, 1, 2, 8, 64])):
        changed[chance.randrange(within)] ^= chance.randrange(1, 256)
    return bytes(changed)


def truncations(data: bytes, chance: Random) -> bytes:
    end = chance.choice([chance.randrange(200), chance.randrange(len(data))])
    return data[: min(end, len(data) - chance.randrange(1, 20))]


def splices(data: bytes, chance: Random) -> bytes:
    """Let another picture begin within this one."""
    other = chance.choice(originals())[1]
    at, there = chance.randrange(len(data)), chance.randrange(len(other))
    return data[:at] + other[chance.choice([0, there]) :]


def headers(data: bytes, chance: Random) -> bytes:
    """Change fields that say what the picture is."""
    changed, known = bytearray(data), sizes(data)
    for field in chance.sample(known, chance.randint(1, min(2, len(known)))):
        near = field.read(data) + chance.choice([-1, 1, 64, 1_000])
        field.write(changed, chance.choice([near, *EXTREMES]))
    return bytes(changed)


def lying_sizes(data: bytes, chance: Random) -> bytes:
    """Let it say that it is a little larger, or smaller, than its pixels are."""
    changed = bytearray(data)
    for field in sizes(data):
        value, factor = field.read(data), chance.choice([0.5, 0.9, 1, 1.1, 2, 8, 50])
        if field.width > 1:
            field.write(changed, int(value * factor))
    return bytes(changed)


def lying_lengths(data: bytes, chance: Random) -> bytes:
    changed, known = bytearray(data), lengths(data)
    for field in chance.sample(known, min(chance.choice([1, 1, 3]), len(known))):
        near = field.read(data) + chance.choice([-9, -1, 1, 9, 5_000])
        field.write(changed, chance.choice([near, near, *EXTREMES]))
    return bytes(changed)


def extras(data: bytes, chance: Random) -> bytes:
    """Put something in that does not belong there, or the same once more."""
    at, length = chance.randrange(len(data)), chance.choice([1, 40, 3_000])
    noise = chance.randbytes(length)
    stored = chance.choice([noise, bytes(length), data[at : at + length]])
    where = chance.choice([0, at, len(data), len(data)])
    return data[:where] + stored + data[where:]


def gaps(data: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.choice([1, 40, 3_000]) :]


def notes(data: bytes, chance: Random) -> bytes:
    """Add a note that is none: of a camera, a profile, an animation."""
    noise = chance.randbytes(chance.choice([0, 10, 900]))
    body = (
        chance.choice([b"Exif\0\0MM\0*\0\0\0\x08", b"ICC_PROFILE\0\1\1", b""]) + noise
    )
    if data.startswith(b"\xff\xd8"):
        kind = chance.choice([0xE1, 0xE2, 0xED, 0xFE, 0xC4, 0xDB, 0xDD])
        segment = bytes([0xFF, kind]) + struct.pack(">H", len(body) + 2) + body
        return data[:2] + segment + data[2:]
    if data.startswith(b"\x89PNG"):
        at = chance.choice([at for at, _ in chunks(data)][1:])
        kinds = [b"iCCP", b"eXIf", b"zTXt", b"iTXt", b"acTL", b"fcTL", b"PLTE", b"tRNS"]
        chunk = drawing.png_chunk(chance.choice(kinds), chance.choice([body, noise]))
        return data[:at] + chunk + data[at:]
    if data.startswith(b"RIFF"):
        kind = chance.choice([b"ICCP", b"EXIF", b"XMP ", b"ANIM", b"ANMF", b"ALPH"])
        chunk = kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
        whole = data[:30] + chunk + data[30:] if chance.random() < 0.5 else data + chunk
        return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]
    return extras(data, chance)


ACTS: list[Bytes] = [
    *(flips, truncations, splices, headers, lying_sizes),
    *(lying_lengths, extras, gaps, notes),
]

if __name__ == "__main__":
    one = mutation(int(sys.argv[1]))
    Path(sys.argv[2]).write_bytes(one.data)
    print(one)  # noqa: T201
