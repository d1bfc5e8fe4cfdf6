"""What Darkroom is measured beside: libraries in an environment of their own, nginx."""

import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.bench.figures import HISTORY

LIBRARIES = [
    "gunicorn==27.0.1",
    "opencv-python-headless==5.0.0.93",
    "psycopg[binary,pool]==3.3.9",
    "pyvips[binary]==3.2.0",
    "wagtail==8.0.1",
]


@cache
def python() -> Path:
    """Return the Python that has the peers; the first call installs them, outside."""
    folder = HISTORY / "darkroom" / "peers"
    here, done = folder / "bin" / "python", folder / "installed"
    if not done.exists() or done.read_text().split() != LIBRARIES:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [here, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *LIBRARIES], check=True)
        done.write_text("\n".join(LIBRARIES))
    return here
