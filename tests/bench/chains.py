"""A chain of renditions, done once for each line of input: what it cost, as JSON.

`python -m tests.bench.chains CHAIN FILE` runs here or where the peers are installed.
Each answer has the processor time of the whole process, the greatest memory beyond what
it had before its first picture, and bytes and sides of what was made.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

JPEG, WEBP = 82, 76
Encoded = tuple[bytes, tuple[int, int]]
Made = list[Encoded]


def ours() -> Callable[[Path], Made]:
    """Return what the limited child does: verified first, every byte read."""
    from imaging.decoding import jobs
    from imaging.decoding.reading import Given, load
    from imaging.decoding.sandbox import Limits

    jobs.preload()
    limits = Limits(memory=1 << 30, seconds=60, pixels=62e6)

    def make(path: Path) -> Made:
        with path.open("rb") as file:
            loaded = load(Given(file, "jpeg", limits, lambda pixels: None), 1600)
            made = jobs.renditions_of(loaded).make(["1600", "320"])
        return [(one.data, (one.width, one.height)) for one in made]

    return make


def opencv() -> Callable[[Path], Made]:
    """Decode at half size, resize by the quickest filters, encode; in one thread."""
    import cv2
    import numpy as np

    cv2.setNumThreads(1)

    def make(path: Path) -> Made:
        data = np.fromfile(path, np.uint8)
        half = cv2.imdecode(data, cv2.IMREAD_REDUCED_COLOR_2)
        large = cv2.resize(half, (1600, 1200), interpolation=cv2.INTER_LINEAR)
        small = cv2.resize(large, (320, 240), interpolation=cv2.INTER_AREA)
        return [
            encoded(large, ".jpg", cv2.IMWRITE_JPEG_QUALITY, JPEG),
            encoded(small, ".webp", cv2.IMWRITE_WEBP_QUALITY, WEBP),
        ]

    def encoded(pixels: Any, kind: str, option: int, quality: int) -> Encoded:
        done, data = cv2.imencode(kind, pixels, [option, quality])
        assert done
        return data.tobytes(), pixels.shape[1::-1]

    return make


def libvips() -> Callable[[Path], Made]:
    """Let it make a thumbnail, and a smaller one of that."""
    import pyvips

    pyvips.cache_set_max(0)

    def make(path: Path) -> Made:
        large = pyvips.Image.thumbnail(str(path), 1600, height=1600).copy_memory()
        small = large.thumbnail_image(320, height=320)
        # With as much effort as ours.
        return [
            encoded(large, ".jpg", Q=JPEG),
            encoded(small, ".webp", Q=WEBP, effort=1),
        ]

    def encoded(picture: Any, kind: str, **options: int) -> Encoded:
        data = picture.write_to_buffer(kind, keep=0, **options)
        return data, (picture.width, picture.height)

    return make


CHAINS = {"ours": ours, "opencv": opencv, "libvips": libvips}


def memory(what: str) -> int:
    """Return bytes of this process: VmRSS as of now, VmHWM at the most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    found = next(line for line in lines if line.startswith(f"{what}:"))
    return 1024 * int(found.split()[1])


def main(chain: str, path: Path) -> None:
    make = CHAINS[chain]()
    # From here on the greatest memory is counted anew.
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    print("ready", flush=True)  # noqa: T201
    for _line in sys.stdin:
        began = time.process_time()
        made = make(path)
        told = {
            "seconds": time.process_time() - began,
            "memory": memory("VmHWM") - before,
            "made": [(len(data), *size) for data, size in made],
        }
        print(json.dumps(told), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
