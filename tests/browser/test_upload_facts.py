"""The browser reads from a header what the server finds in the whole file."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from imaging import pictures
from tests import drawing

TURNED = {
    f"{form} {orientation}": drawing.oriented(orientation, form)
    for form in ("JPEG", "PNG", "WEBP", "HEIF")
    for orientation in range(1, 9)
}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:Orientation="6"></x:xmpmeta>'
READ = """async ([module, files]) => {
  const { factsOf } = await import(module);
  const found = {};
  for (const [name, base64] of Object.entries(files)) {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    found[name] = await factsOf(new File([bytes], name));
  }
  return found;
}"""
HASH = """async ([module, sizes]) => {
  const { Sha256 } = await import(module);
  return sizes.map((size) => {
    const bytes = Uint8Array.from({ length: size }, (_, at) => (at * 7) % 251);
    const hash = new Sha256();
    for (let at = 0; at < size; at += 37) hash.update(bytes.subarray(at, at + 37));
    return hash.hex();
  });
}"""


def more() -> dict[str, bytes]:
    """Draw what a reader of headers gets wrong easily."""
    opaque = drawing.photo().convert("RGBA")
    faint = opaque.copy()
    faint.putpixel((639, 479), (1, 2, 3, 254))
    grey = Image.fromarray(np.full((80, 90), 7, np.uint16))
    return {
        "opaque png": drawing.save(opaque, "PNG"),
        "opaque webp": drawing.save(opaque, "WEBP", lossless=True),
        "one faint pixel": drawing.save(faint, "PNG"),
        "one faint pixel webp": drawing.save(faint, "WEBP", lossless=True),
        "grey with one colour clear": drawing.save(
            drawing.photo().convert("L"), "PNG", transparency=9
        ),
        "16-bit with one colour clear": drawing.save(grey, "PNG", transparency=9),
        "held by xmp": drawing.jpeg(200, 100, xmp=XMP),
        "exif before xmp": drawing.jpeg(200, 100, xmp=XMP, exif=drawing.exif(3)),
        "long notes": drawing.jpeg(200, 100, comment=b"x" * 65_000),
        "orientation 9": drawing.jpeg(200, 100, exif=drawing.exif(9)),
        "heic of odd sides": drawing.heic(65, 67),
    }


def seen(page: Page, files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    page.goto("/accounts/login/")
    sent = {name: b64encode(data).decode() for name, data in files.items()}
    return dict(page.evaluate(READ, ["/static/js/facts.js", sent]))


def test_every_kind_of_picture_is_read_as_the_server_reads_it(
    page: Page, tmp_path: Path
) -> None:
    files = {**drawing.everything(), **TURNED, **more()}
    found = seen(page, files)
    for name, data in files.items():
        path = tmp_path / "picture"
        path.write_bytes(data)
        server, browser = pictures.inspect(path), found[name]
        sides = (browser["width"], browser["height"])
        upright = sides[::-1] if browser["turned"] else sides
        told = {
            "format": browser["format"],
            "size": browser["size"],
            "upright": upright,
            "stored": sides,
            "orientation": browser["orientation"],
            "frames": browser["frames"],
            "has_alpha": browser["has_alpha"],
        }
        assert told == {
            "format": server.format,
            "size": server.size,
            "upright": (server.width, server.height),
            "stored": (server.stored_width, server.stored_height),
            "orientation": server.orientation,
            "frames": server.frames,
            "has_alpha": server.has_alpha,
        }, name


@pytest.mark.parametrize("kind", ["jpeg", "png", "bmp", "webp", "heic"])
def test_a_damaged_header_is_no_error(page: Page, kind: str) -> None:
    whole = drawing.everything()[kind]
    cut = {f"{kind} {size}": whole[:size] for size in (0, 2, 13, 20, 30, 64, 200)}
    odd = {f"odd {seed}": drawing.mutated(whole[:3_000], seed) for seed in range(60)}
    found = seen(page, {**cut, **odd})
    assert len(found) == 67
    for facts in found.values():
        assert facts["frames"] >= 1
        assert min(facts["width"], facts["height"]) >= 0


def test_our_own_sha256_is_the_standard_one(page: Page) -> None:
    sizes = [0, 1, 55, 56, 63, 64, 65, 119, 120, 1_000, 100_003]
    page.goto("/accounts/login/")
    found = page.evaluate(HASH, ["/static/js/sha256.js", sizes])
    for size, digest in zip(sizes, found, strict=True):
        data = bytes(at * 7 % 251 for at in range(size))
        assert digest == hashlib.sha256(data).hexdigest(), size
