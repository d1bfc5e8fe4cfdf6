"""`python -m tests.bench [ROOM...]`: every figure beside its goal, or some rooms'.

A room is a module of this folder with `measure() -> list[Figure]`.
"""

import os
import shutil
import sys
import time
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import django

from tests.bench.figures import Figure, NotRunError, left_out
from tests.bench.report import facts, remember, show, table
from tests.run import clean_environment


def rooms() -> list[str]:
    """Return the names of all rooms."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return [one.stem for one in files if "\ndef measure(" in one.read_text()]


def visit(chosen: Sequence[str]) -> bool:
    """Measure in these rooms; one that breaks off does not keep the others from it."""
    found: dict[str, list[Figure]] = {}
    broken: dict[str, str] = {}
    before = facts()
    for room in chosen:
        print(f"### {room}", flush=True)  # noqa: T201
        began = time.monotonic()
        try:
            found[room] = import_module(f"tests.bench.{room}").measure()
        except NotRunError as lack:
            found[room] = [left_out("all", str(lack))]
        # Whatever it is, it is shown, and the run fails.
        except Exception as error:  # noqa: BLE001
            traceback.print_exc()
            broken[room] = str(error).splitlines()[0] if str(error) else repr(error)
        # What is known is said now, should the run be broken off.
        print("\n".join(table({room: found.get(room, [])})))  # noqa: T201
        print(f"    {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201
    remember(found, broken, before)
    return show(found, broken)


def main() -> None:
    chosen = sys.argv[1:] or rooms()
    if unknown := set(chosen) - set(rooms()):
        sys.exit(f"No room: {', '.join(unknown)}. There are {', '.join(rooms())}.")
    # Nobody's data are used, whoever calls.
    kept = clean_environment()
    os.environ.clear()
    os.environ.update(kept, DJANGO_SETTINGS_MODULE="tests.settings")
    django.setup()
    try:
        reached = visit(chosen)
    finally:
        shutil.rmtree(os.environ["DARKROOM_TEST_DATA"], ignore_errors=True)
    sys.exit(0 if reached else 1)


if __name__ == "__main__":
    main()
