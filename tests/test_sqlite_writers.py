"""Many threads write to SQLite at once: each gets its turn, however many there are."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from config.sqlite3 import base
from config.sqlite3.base import IN_LINE

MANY = 60
# So much work that all of it takes longer than anybody's patience.
WORK = """
WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < 40000)
INSERT INTO rows SELECT n FROM one
"""


@pytest.fixture
def connections(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[ConnectionHandler]:
    options = {"init_command": "PRAGMA journal_mode=WAL"}
    named = {"ENGINE": "config.sqlite3", "NAME": tmp_path / "db", "OPTIONS": options}
    made = ConnectionHandler({"default": named})
    with django_db_blocker.unblock():
        with made["default"].cursor() as cursor:
            cursor.execute("CREATE TABLE rows (n)")
        yield made
        made.close_all()


def write(connections: ConnectionHandler, together: Barrier, *statements: str) -> bool:
    """Write in a thread of its own; say whether it could."""
    together.wait()
    try:
        with connections["default"].cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except OperationalError:
        return False
    finally:
        connections["default"].close()
    return True


@pytest.mark.parametrize(
    "statements", [[WORK], ["BEGIN IMMEDIATE", WORK, "COMMIT"]], ids=["alone", "begun"]
)
def test_no_writer_is_kept_waiting_by_those_of_its_process(
    connections: ConnectionHandler,
    monkeypatch: pytest.MonkeyPatch,
    statements: list[str],
) -> None:
    monkeypatch.setattr(base, "PATIENCE", 0.5)
    together = Barrier(MANY)
    with ThreadPoolExecutor(MANY) as pool:
        sent = [
            pool.submit(write, connections, together, *statements) for _ in range(MANY)
        ]
    assert [one.result() for one in sent] == [True] * MANY


def test_a_forked_process_has_a_line_of_its_own() -> None:
    with base.line.turn():
        if not (child := os.fork()):
            signal.alarm(IN_LINE // 2)
            with base.line.turn():
                os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
