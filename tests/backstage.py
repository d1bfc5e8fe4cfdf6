"""A process behind a site's stage, which looks at its database and changes it.

Calls are lines of JSON, one answer a line; `answer` is the process's own side of that.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, Self

from tests.services import ROOT


class Backstage:
    """Has functions of a module called in a process of its own, in that environment."""

    def __init__(self, module: str, env: Mapping[str, str]) -> None:
        self.turn = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env={"DJANGO_SETTINGS_MODULE": "config.settings", **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()

    def call(self, name: str, *args: Any, **options: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        with self.turn:
            self.process.stdin.write(json.dumps([name, args, options]) + "\n")
            self.process.stdin.flush()
            said = self.process.stdout.readline()
        assert said, f"The process behind the stage ended at {name}{args}."
        return json.loads(said)


def answer(*functions: Callable[..., Any]) -> None:
    """Make the calls that come in, until no more can."""
    import django

    django.setup()
    known = {one.__name__: one for one in functions}
    for line in sys.stdin:
        name, args, options = json.loads(line)
        print(json.dumps(known[name](*args, **options)), flush=True)  # noqa: T201
