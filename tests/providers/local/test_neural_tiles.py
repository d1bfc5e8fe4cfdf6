"""How the neural engine goes through a picture: no seams, little memory, a way out."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from imaging.providers.local import models, neural
from imaging.providers.local.network import Network

from .drawing import largest_difference, photograph
from .networks import made, needs_networks, repeating


class Enough(Exception):
    """What the watcher of a test says when it has seen enough."""


@needs_networks
@pytest.mark.parametrize("size", [(300, 220), (211, 160), (600, 440)])
@pytest.mark.parametrize("faithful", [True, False])
def test_tiles_leave_no_seam(size: tuple[int, int], faithful: bool) -> None:
    picture = photograph(150, 110)
    network = Network(models.installed()[models.COMPACT])
    whole = made(picture, size, network, tile=1000, faithful=faithful)
    tiled = made(picture, size, network, tile=48, faithful=faithful)
    assert largest_difference(tiled, whole) <= 1


@needs_networks
def test_the_network_that_sees_furthest_leaves_no_seam_at_the_share_it_is_used() -> (
    None
):
    picture = photograph(84, 64)
    network = Network(models.installed()[models.PHOTO])
    whole = made(picture, (168, 128), network, tile=1000, share=0.4)
    tiled = made(picture, (168, 128), network, tile=44, share=0.4)
    assert largest_difference(tiled, whole) <= 2


def test_progress_rises_by_tiles_to_exactly_one(tmp_path: Path) -> None:
    seen: list[float] = []
    enlarge(tmp_path, np.zeros((140, 180, 3), np.uint8), seen.append)
    assert len(seen) == 3 * 3
    assert seen == sorted(set(seen))
    assert seen[-1] == 1


def test_stopping_is_heard_after_one_tile(tmp_path: Path) -> None:
    heard: list[float] = []

    def stop(fraction: float) -> None:
        heard.append(fraction)
        raise Enough

    with pytest.raises(Enough):
        enlarge(tmp_path, np.zeros((140, 180, 3), np.uint8), stop)
    assert heard == [1 / 9]


def enlarge(folder: Path, out: np.ndarray, progress: object) -> None:
    neural.upscale(
        photograph(90, 70),
        Network(repeating(folder)),
        tile=30,
        faithful=True,
        share=lambda rows, columns: 1.0,
        out=out,
        progress=progress,
    )


CHILD = """
import re, sys, django
from pathlib import Path
django.setup()
import numpy as np
from imaging.providers.local import models, neural
from imaging.providers.local.network import Network

name, tile, width, height = sys.argv[1], *map(int, sys.argv[2:])
picture = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
neural.upscale(
    picture, Network(models.find(name)), tile=tile, faithful=True,
    share=lambda rows, columns: 1.0,
    out=np.zeros((height * 2, width * 2, 3), np.uint8),
)
# Not getrusage: its peak begins with what the parent had when it forked.
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def peak(name: str, tile: int, width: int, height: int) -> int:
    """Return the mebibytes that a child took to enlarge a picture to twice its size."""
    sizes = map(str, (tile, width, height))
    done = subprocess.run(
        [sys.executable, "-c", CHILD, name, *sizes],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout) // 1024


@needs_networks
def test_memory_follows_the_tile_and_not_the_picture() -> None:
    few, many = (peak(models.COMPACT, 48, 48 * n, 150) for n in (3, 12))
    whole = peak(models.COMPACT, 576, 576, 150)
    assert many - few < 50 < (whole - few) / 2


KEPT = """
import re, django
from pathlib import Path
django.setup()
import numpy as np
from imaging.providers.local import models
from imaging.providers.local.network import Network

def resident():
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmRSS:\\s+(\\d+)", status)[1]) // 1024

network = Network(models.find(models.COMPACT))
before = resident()
network(np.zeros((3, 300, 300), np.float32))
print(resident() - before)
"""


@needs_networks
def test_of_one_tile_nothing_is_kept_while_the_next_is_made() -> None:
    # The run itself takes three times as much.
    command = [sys.executable, "-c", KEPT]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100


@needs_networks
def test_the_heaviest_network_stays_under_its_bound() -> None:
    # One tile with all its padding; the mirrored edge is a part of that.
    tile = models.TILES[models.PHOTO]
    side = tile + 2 * (neural.PADDING - neural.EDGE)
    assert peak(models.PHOTO, side, side, side) < 1.6 * 1024
