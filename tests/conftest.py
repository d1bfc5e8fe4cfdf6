"""What all tests share: three people, a running site, and which tests run when."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings
from django.utils import timezone, translation
from pytest_django.plugin import DjangoDbBlocker

from imaging.models import Membership, Period, Role, Team, User
from imaging.operating import processes
from tests.application import PASSWORD, Application, application
from tests.behind import Behind, darkroom_behind

if TYPE_CHECKING:
    from tests.permissions.world import World

PROVED = pytest.StashKey[list[str]]()
MARKERS = {
    "both": "runs again on PostgreSQL, Redis and S3",
    "prove": "takes minutes; part of `make prove` only",
}


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    if not config.option.markexpr:
        config.option.markexpr = "not prove"


@pytest.fixture(scope="session")
def proved(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Tell in a line, with its figures, what a long proof has shown."""
    return pytestconfig.stash.setdefault(PROVED, []).append


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand on what was shown, where another process prints the summary."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["proved"] = session.config.stash.get(PROVED, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    shown = getattr(node, "workeroutput", {}).get("proved", [])
    node.config.stash.setdefault(PROVED, []).extend(shown)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the long proofs have shown, below one another."""
    if lines := terminalreporter.config.stash.get(PROVED, []):
        terminalreporter.section("proved")
        for line in lines:
            terminalreporter.line(line)


def pytest_unconfigure() -> None:
    if folder := os.environ.get("DARKROOM_TEST_DATA"):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the site's processes said when a test of theirs fails."""
    report = yield
    site = getattr(item, "funcargs", {}).get("server")
    if report.failed:
        item.failed = True  # type: ignore[attr-defined]
        if site:
            report.sections.append(("the site's processes", site.logs()))
    return report


@pytest.fixture(scope="session")
def server() -> Iterator[Application]:
    """The whole application, started once, with the processes of the Procfile."""
    with application() as site:
        yield site


@pytest.fixture(scope="session")
def behind() -> Iterator[Behind]:
    """Another whole Darkroom, started once, as the provider of one in front of it."""
    with darkroom_behind() as behind:
        yield behind


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Everybody and everything, made once for a module, whose tests call often."""
    from tests.permissions.world import World

    often = override_settings(CALLS_PER_MINUTE=1_000_000)
    with django_db_blocker.unblock(), transaction.atomic(), often:
        yield World()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _forget_limits() -> None:
    """Empty Redis before each test; the other cache goes with the transaction."""
    Period.objects.forget()
    if os.environ.get("REDIS_URL"):
        cache.clear()


@pytest.fixture(autouse=True)
def _let_all_run() -> None:
    """Have pages believe that nothing is dead: here no process sends heartbeats."""
    processes.memory.remember(processes.Lack(), seconds=3_600)


@pytest.fixture(autouse=True)
def _speak_english() -> Iterator[None]:
    """Forget whose language and time the last page was in, as a new thread does."""
    yield
    translation.activate(settings.LANGUAGE_CODE)
    timezone.deactivate()


@pytest.fixture
def alice(db: None) -> User:
    """Owns the studio."""
    return User.objects.create_user("alice@example.com", PASSWORD, name="Alice")


@pytest.fixture
def bob(db: None) -> User:
    """Is on Alice's team."""
    return User.objects.create_user("bob@example.com", PASSWORD, name="Bob")


@pytest.fixture
def charlie(db: None) -> User:
    """Is an outsider."""
    return User.objects.create_user("charlie@example.com", PASSWORD, name="Charlie")


@pytest.fixture
def studio(alice: User, bob: User) -> Team:
    """The team of Alice, its owner, and Bob, an editor."""
    team = Team.objects.create(name="Studio")
    Membership.objects.create(team=team, user=alice, role=Role.OWNER)
    Membership.objects.create(team=team, user=bob, role=Role.EDITOR)
    return team
