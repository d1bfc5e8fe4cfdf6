"""Memory follows the tile and the reduced copy, not the picture."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from .portraits import portrait

# Numbers are megabytes of data that a child may have beside what importing takes.
CHILD = """
import resource, sys
import django
django.setup()
import cv2, numpy as np
from pathlib import Path
from imaging.providers.local.retouch.engine import retouch
from imaging.providers.local.retouch.plugins import PLUGINS

cv2.setNumThreads(1)
folder = Path(sys.argv[1])
given = np.load(folder / "given.npy", mmap_mode="r")
used = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
room = used + int(sys.argv[2]) * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (room, room))
plugins = [p({}) for p in PLUGINS if p.key in sys.argv[3].split(",")]
print(len(retouch(given, plugins, folder, keep_layers=True).layers))
"""


@pytest.mark.parametrize("megapixels", [3, 24])
def test_a_picture_eight_times_as_large_fits_into_the_same_room(
    megapixels: int, tmp_path: Path
) -> None:
    scale = (megapixels * 1e6 / (840 * 810)) ** 0.5
    large = cv2.resize(portrait(), None, fx=scale, fy=scale)
    np.save(tmp_path / "given.npy", large)
    keys = "heal,dodge_burn,mattifier,white_teeth,eye_brilliance,color_correction"
    done = subprocess.run(
        [sys.executable, "-c", CHILD, tmp_path, "280", keys],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) == 6
