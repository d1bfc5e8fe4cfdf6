"""The site, each of whose processes writes down when it asks the database."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created

from config.wsgi import application

__all__ = ["application"]


def note(execute: Callable[..., Any], *args: Any) -> Any:
    path = Path(os.environ["BENCH_FOLDER"]) / f"reads-{os.getpid()}"
    with path.open("a") as file:
        file.write(f"{time.time()}\n")
    return execute(*args)


def begin(connection: Any, **kwargs: Any) -> None:
    connection.execute_wrappers.append(note)


connection_created.connect(begin)
connection.close()
