"""Is every page of the console quick when there are a million tasks?"""

import json
import subprocess
import sys

from tests import services
from tests.application import Application
from tests.bench.figures import Figure, left_out
from tests.services import ROOT, scratch

PICTURES, DOUBLINGS = 100_000, 10
QUICK, QUERIES = 300, 12


def measure(pictures: int = PICTURES, doublings: int = DOUBLINGS) -> list[Figure]:
    """Open every page on SQLite, and on PostgreSQL where there is one."""
    found = on("SQLite", {}, pictures, doublings)
    if services.missing("PostgreSQL"):
        return [
            *found,
            left_out("PostgreSQL", "it is missing (apt-get install postgresql)"),
        ]
    with services.postgres() as env:
        return found + on("PostgreSQL", env, pictures, doublings)


def on(name: str, env: dict[str, str], pictures: int, doublings: int) -> list[Figure]:
    """Fill a database, and return what each page took on it."""
    with scratch("console") as folder:
        site = Application(folder, **env)
        site.manage("migrate")
        site.manage("collectstatic", "--no-input", "--verbosity=0")
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.crowd", str(pictures), str(doublings)],
            cwd=ROOT,
            env={**site.env, "DJANGO_SETTINGS_MODULE": "config.settings"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    taken = json.loads(done.stdout.splitlines()[-1])
    most = max(queries for _ms, queries in taken.values())
    return [
        *(
            Figure(f"{name}: {page}", ms, "ms", QUICK)
            for page, (ms, _n) in taken.items()
        ),
        Figure(f"{name}: most queries of a page", most, "queries"),
    ]
