"""Does the last page of a very long wall come as soon as the first?"""

import json
import subprocess
import sys
from statistics import median

from tests.application import Application
from tests.bench.figures import Figure
from tests.services import ROOT, scratch

STORED = 100_000


def measure() -> list[Figure]:
    """Compare the two at 100,000 pictures, and in a gallery of 5,000 of them."""
    with scratch("walls") as folder:
        site = Application(folder)
        site.manage("migrate")
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.turning", str(STORED)],
            cwd=ROOT,
            env={**site.env, "DJANGO_SETTINGS_MODULE": "config.settings"},
            capture_output=True,
            text=True,
            check=True,
        )
    taken = {name: median(each) for name, each in json.loads(done.stdout).items()}
    found = [Figure(f"page of 60: {name}", one, "ms") for name, one in taken.items()]
    for wall in ("library", "gallery"):
        ratio = taken[f"{wall}, last"] / taken[f"{wall}, first"]
        found.append(Figure(f"{wall}: last page over the first", ratio, "×", 1.3))
    return found
