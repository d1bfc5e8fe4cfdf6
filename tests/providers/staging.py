"""A provider with its played vendor: how it is set up, how its tasks are driven."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from unittest import mock

import pytest
from django.core.cache import cache
from pytest_django import Settings

from imaging import providers, worker
from imaging.models import Batch, Image, Order, ProviderAccount, Subject, Task, Team
from imaging.outgoing import door
from imaging.outgoing.connection import Trip
from imaging.providers.accounts import OPERATOR, Account
from imaging.providers.circuit import Circuit
from tests.labwork import a_picture, due_now, fresh, look
from tests.providers.playing import Steps
from tests.providers.vendor import (
    NO_PICTURES,
    SLOW,
    TROUBLES,
    Call,
    Trouble,
    Vendor,
)

ROUNDS = 20
ALONE = "nobody is asked: the work is done on this machine"
SENDING = {"queued", "sending", "working"}
FETCHING = {"ready", "fetching", "storing"}


@dataclass(frozen=True)
class Documented:
    """One answer from the vendor's pages to one call, and what becomes of it here.

    A refusal that is not permanent is overcome once the vendor answers well again.
    """

    name: str
    call: str
    reply: Steps
    code: str
    says: str
    permanent: bool = True


class Impatient(Trip):
    """A trip whose time is short, so that a slow vendor holds up no test."""

    def __init__(self, seconds: float, pauses: tuple[float, float]) -> None:
        connecting, reading = pauses
        super().__init__(min(seconds, 2.0), (connecting, min(reading, 1.0)))


class Stage:
    """One provider on its stage; a subclass says how it is played.

    `plays` is its vendor (None: the work is done on this machine). `promise` is what
    keeps that from being paid twice: "key", "list", or "" where nobody can tell.
    `extra` adds lies of its own to some calls; `blocked` are facts about pictures that
    it must not be sent. `values` are named as in the environment, without the prefix;
    those in `secrets` (all, unless named) must be seen nowhere. Calls of these `acts`
    are spoilt.
    """

    provider: ClassVar[str]
    plays: ClassVar[type[Vendor] | None] = None
    operation: ClassVar[str] = ""
    options: ClassVar[Mapping[str, Any]] = {}
    values: ClassVar[Mapping[str, str]] = {}
    secrets: ClassVar[Sequence[str] | None] = None
    promise: ClassVar[str] = "key"
    documented: ClassVar[Sequence[Documented]] = ()
    extra: ClassVar[Mapping[str, Mapping[str, Trouble]]] = {}
    blocked: ClassVar[Sequence[Mapping[str, Any]]] = ()
    retention_days: ClassVar[float | None] = None
    acts: ClassVar[Sequence[str]] = ("submit", "poll", "fetch")
    without: ClassVar[Mapping[str, str]] = {}
    folders: ClassVar[Sequence[str]] = ()

    # What a provider's module may have to do otherwise.

    def picture(self, team: Team, seed: int = 0) -> Image:
        """Return a picture that this provider takes."""
        return a_picture(team, f"photo{seed}.jpg", seed=seed)

    def ready(self, vendor: Any) -> None:
        """Prepare what the vendor must have before a test begins."""

    def paid(self, vendor: Any) -> int:
        """Return how many jobs were paid."""
        return len(vendor.jobs)

    # How the tests are laid out.

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        wanted = set(metafunc.fixturenames)
        if "documented" in wanted:
            rows = [((one,), f"{one.call}: {one.name}") for one in self.documented]
            self.lay_out(metafunc, ["documented"], rows)
        if "trouble" in wanted:
            spoilt = self.spoilt(slow="impatient" in wanted)
            self.lay_out(metafunc, ["call", "trouble"], spoilt)
        if "asked" in wanted:
            gets = [one.name for one in self.on_the_way() if one.method == "GET"]
            self.lay_out(metafunc, ["asked"], [((name,), name) for name in gets])

    def lay_out(
        self,
        metafunc: pytest.Metafunc,
        names: list[str],
        rows: list[tuple[tuple[Any, ...], str]],
    ) -> None:
        """Run a test once for each row, or skip it where there is none to run for."""
        skip = pytest.mark.skip(ALONE if self.plays is None else "none is declared")
        none = pytest.param(*[None] * len(names), marks=skip, id="none")
        found = [pytest.param(*values, id=name) for values, name in rows]
        metafunc.parametrize(names, found or [none])

    def on_the_way(self) -> list[Call]:
        """Return the calls that are made for a task, in the order of their playing."""
        return self.plays.calls_of(*self.acts) if self.plays else []

    def spoilt(self, *, slow: bool) -> list[tuple[tuple[str, Trouble], str]]:
        """Return each of these calls with each trouble that it can have."""
        found = []
        for one in self.on_the_way():
            lies = {
                **(NO_PICTURES if one.picture else {}),
                **self.extra.get(one.name, {}),
            }
            for name, trouble in (SLOW if slow else {**TROUBLES, **lies}).items():
                found.append(((one.name, trouble), f"{one.name} {name}"))
        return found

    def leading_to(self, url: str) -> Any:
        """Let the environment name this address, and our values, while it is open."""
        values = {f"{self.provider}_{name}": one for name, one in self.values.items()}
        named = {name.upper(): one for name, one in values.items()}
        return mock.patch.dict(
            os.environ, {f"{self.provider.upper()}_URL": url, **named}
        )

    @pytest.fixture
    def played(self, settings: Settings) -> Iterator[Any]:
        """Offer the provider in this process, its vendor on a socket if it has one."""
        settings.OUTGOING_ALLOW_PRIVATE = True
        path = [*providers.__path__, *self.folders]
        with mock.patch.object(providers, "__path__", path):
            providers._registry.cache_clear()
            self.let_through()
            try:
                if self.plays is None:
                    yield None
                    return
                with self.plays() as vendor, self.leading_to(vendor.url):
                    self.ready(vendor)
                    yield vendor
            finally:
                providers._registry.cache_clear()
                self.let_through()

    @pytest.fixture
    def vendor(self, played: Any) -> Any:
        """The played vendor, for tests that make no sense without one."""
        if played is None:
            pytest.skip(ALONE)
        return played

    @pytest.fixture
    def team(self, studio: Team) -> Team:
        studio.operator_accounts = True
        studio.save()
        return studio

    @pytest.fixture
    def impatient(self) -> Iterator[None]:
        with mock.patch.object(door, "Trip", Impatient):
            yield

    def needs(self, what: str) -> None:
        if why := self.without.get(what):
            pytest.skip(why)

    def let_through(self) -> None:
        """Let every pause after an outage be over."""
        Circuit._memos.clear()
        keys = (self.provider, f"{self.provider}:{OPERATOR}")
        cache.delete_many([f"circuit:{key}" for key in keys])

    def order(self, team: Team) -> Order:
        operation = self.operation or providers.get(self.provider).operations[0].key
        return Order.of(team, self.provider, operation, self.options)

    def begin(self, team: Team, seed: int = 0) -> Task:
        return self.start([self.picture(team, seed)], team).tasks.get()

    def start(self, images: Sequence[Image], team: Team) -> Batch:
        """Order the operation on these pictures; who is measured has agreed."""
        order = self.order(team)
        subject = None
        if order.operation.of_person:
            subject = Subject.objects.obtain(team, "Anna", agreed=True, user=None)
        return Task.objects.start(images, order, team=team, user=None, subject=subject)

    def step(self, task: Task) -> Task:
        """Do whatever comes next for a task, as if its waiting were over."""
        self.let_through()
        due_now(task)
        if task.stage in SENDING:
            worker.submit(str(task.pk))
        elif task.stage in FETCHING:
            worker.fetch(str(task.pk))
        else:
            return look(task)
        return fresh(task)

    def drive(
        self, task: Task, until: Callable[[Task], Any] = lambda task: False
    ) -> Task:
        """Go on until the task has ended, or something is so."""
        for _ in range(ROUNDS):
            if not task.is_open or until(task):
                return task
            task = self.step(task)
        assert not task.is_open, f"still {task.stage}: {task.code} {task.message}"
        return task

    def at_the_vendor(self, team: Team) -> Task:
        task = self.drive(self.begin(team), lambda task: task.stage == "remote")
        assert task.stage == "remote", f"{task.state} {task.code} {task.message}"
        return task

    def ends_well(self, task: Task) -> Task:
        """See a task through to its end, by a retry where it was paid and then lost."""
        task = self.drive(task)
        if task.resumes:
            assert task.message
            assert task.retry()
            task = self.drive(fresh(task))
        assert task.state == "completed", f"{task.state} {task.code} {task.message}"
        assert task.results.count() >= 1
        assert not task.events.filter(kind__startswith="interrupted")
        return task

    def hidden(self) -> list[str]:
        """Return the values that nobody may read."""
        names = self.values if self.secrets is None else self.secrets
        return [self.values[name] for name in names]

    def inquire(self, team: Team) -> dict[str, Any]:
        provider = providers.get(self.provider)
        return provider.inquire(self.account(team))

    def account(self, team: Team) -> Account:
        provider = providers.get(self.provider)
        account = ProviderAccount.objects.of(team, provider)
        assert account
        return account
