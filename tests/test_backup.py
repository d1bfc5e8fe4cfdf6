"""A backup holds all of one moment, and comes back on any database and storage."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests import services
from tests.application import collect_static
from tests.installing import Installation, on_servers
from tests.services import eventually

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
    collect_static(site)
    site.begin("web")
    try:
        eventually("the site is served", site.is_served, 60)
        token = source.facts["link"]  # type: ignore[attr-defined]
        page = requests.get(f"{site.url}/s/{token}", timeout=30)
        assert page.ok
        assert "Anna &amp; Jörg 😀" in page.text
        shown = re.findall(r'<img[^>]+src="(/s/[^"]+)"', page.text)
        assert len({address.split("/")[3] for address in shown}) == 3
        for address in shown:
            assert requests.get(site.url + address, timeout=30).content
        sign_in(site)
    finally:
        site.finish()


def sign_in(site: Installation) -> None:
    """The password is as it was, and numbers that rows are given go on."""
    browser = requests.Session()
    address = f"{site.url}/accounts/login/"
    browser.get(address, timeout=30)
    form = {
        "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        "login": "op@example.com",
        "password": "a lighthouse",
    }
    answer = browser.post(address, form, headers={"Referer": address}, timeout=30)
    assert "80.jpg" in answer.text
