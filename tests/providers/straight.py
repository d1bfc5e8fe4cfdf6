"""The straight line with a played vendor: `manage.py process` and real processes."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.application import Application, application
from tests.drawing import jpeg
from tests.providers.vendor import Vendor
from tests.services import ROOT


@contextmanager
def line_to(
    vendor: Vendor, provider: str, values: Mapping[str, str], folder: Path
) -> Iterator[Application]:
    """Run worker, engine and watch with the operator's account at a played vendor.

    A file in `folder/points` lets a process die at the point of its name.
    """
    (folder / "points").mkdir()
    (folder / "photo.jpg").write_bytes(jpeg())
    prefix = provider.upper()
    named = {f"{prefix}_{name}": value for name, value in values.items()}
    with application(
        "worker",
        "engine",
        "watch",
        DARKROOM_FAULT_POINT=str(folder / "points"),
        OUTGOING_ALLOW_PRIVATE="1",
        WORKERS="2",
        ENGINES="1",
        **{f"{prefix}_URL": vendor.url, **named},
    ) as site:
        site.add_person("alice@example.com")
        yield site


def processed(site: Application, provider: str, folder: Path, *more: str) -> list[Path]:
    """Process the photograph as people do; return what came of it, by name."""
    out = folder / "out"
    site.manage(
        "process",
        str(folder / "photo.jpg"),
        f"--provider={provider}",
        f"--out={out}",
        "--timeout=120",
        *more,
        DARKROOM_FAULT_POINT="",
    )
    return sorted(out.iterdir())


def refused(site: Application, provider: str, folder: Path, *more: str) -> str:
    """Process the photograph, which fails; return what is said."""
    command = ["process", str(folder / "photo.jpg"), f"--provider={provider}"]
    done = subprocess.run(
        [sys.executable, "manage.py", *command, f"--out={folder / 'none'}", *more],
        cwd=ROOT,
        env={**site.env, "DARKROOM_FAULT_POINT": ""},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 1, done.stdout
    return done.stderr
