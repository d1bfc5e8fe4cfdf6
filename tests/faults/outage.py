"""A PostgreSQL that is gone for a while: all connections cut, new ones refused."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

ALLOW = "ALTER DATABASE {} ALLOW_CONNECTIONS {}"
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"


@contextmanager
def away(url: str) -> Iterator[None]:
    """Let nobody use this database while the block runs."""
    server, _, name = url.rpartition("/")

    def allow(said: str) -> sql.Composed:
        return sql.SQL(ALLOW).format(sql.Identifier(name), sql.SQL(said))

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(allow("false"))
        try:
            connection.execute(CUT, [name])
            yield
        finally:
            connection.execute(allow("true"))
