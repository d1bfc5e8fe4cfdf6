"""Measures behind the stage of a site of its own, with an empty database."""

import json
import subprocess
import sys
from typing import Any

from tests.application import Application
from tests.services import ROOT, scratch


def measured(module: str, *arguments: object) -> Any:
    """Run a module of tests.bench in such a site; return what it prints, from JSON."""
    with scratch(module) as folder:
        site = Application(folder)
        site.migrate()
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)],
            cwd=ROOT,
            env={**site.env, "DJANGO_SETTINGS_MODULE": "config.settings"},
            capture_output=True,
            text=True,
            check=True,
        )
    return json.loads(done.stdout)
