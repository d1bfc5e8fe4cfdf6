"""A backup holds all of one moment, and comes back on any database and storage."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import services
from tests.installing import Installation, on_servers

pytestmark = [pytest.mark.both]


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    """The servers of this run, or ones of our own: PostgreSQL and S3."""
    if os.environ.get("DATABASE_URL"):
        yield dict(os.environ)
        return
    if services.missing("PostgreSQL"):
        pytest.skip("PostgreSQL is not installed.")
    with ExitStack() as stack:
        yield {
            **stack.enter_context(services.postgres()),
            **stack.enter_context(services.s3()),
        }


@pytest.fixture(scope="module")
def source(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Installation:
    """A filled installation, on the stores of this run."""
    stores = {}
    if os.environ.get("DATABASE_URL"):
        stores = on_servers(request.getfixturevalue("servers"))
    site = Installation(tmp_path_factory.mktemp("source"), **stores)
    site.manage("migrate", "-v0")
    site.facts = site.ask("fill()")  # type: ignore[attr-defined]
    return site


@pytest.fixture(scope="module")
def folder(source: Installation) -> Path:
    path = source.folder / "kept"
    source.manage("backup", str(path))
    return path


@pytest.mark.parametrize("target", ["SQLite and a disk", "PostgreSQL and S3"])
def test_everything_comes_back_on_either_stores(
    source: Installation,
    folder: Path,
    target: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    stores = {}
    if target == "PostgreSQL and S3":
        stores = on_servers(request.getfixturevalue("servers"))
    site = Installation(tmp_path, **stores)
    said = site.manage("restore", str(folder))
    assert "Everything is as it should be." in said
    assert "Tasks that were under way: 2." in said
    assert site.ask("facts()") == source.facts  # type: ignore[attr-defined]
    assert site.manage("check_integrity", "--deep").startswith("Everything is")
    assert site.ask("seen()") == [True, 3, True]
