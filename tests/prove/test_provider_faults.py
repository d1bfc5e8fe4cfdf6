"""Whatever stays wrong with a provider: each task ends with a reason, paid once.

Each call of each provider's three acts is spoilt for good, in every way there is.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

import pytest
from django.conf import settings as site
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from imaging import providers
from imaging.background.sweeping import end_overdue
from imaging.models import Image, Task, Team
from imaging.operating import integrity
from imaging.outgoing import door
from imaging.outgoing.connection import Trip
from tests.labwork import fresh
from tests.prove import troubles
from tests.providers.contract import Contract, Elsewhere
from tests.providers.haut import test_contract as haut
from tests.providers.kokoon import test_contract as kokoon
from tests.providers.naver import test_contract as naver
from tests.providers.retouch4me import test_contract as retouch4me
from tests.providers.staging import ROUNDS, Stage
from tests.providers.vendor import Call, Trouble

pytestmark = [pytest.mark.prove, pytest.mark.django_db(transaction=True)]
STAGES: dict[str, type[Contract]] = {
    "kokoon": kokoon.TestKokoon,
    "retouch4me": retouch4me.TestRetouch,
    "retouch4me, layers": retouch4me.TestLayers,
    "haut": haut.TestHaut,
    "naver": naver.TestSearchAsset,
    "naver, search": naver.TestSearch,
}
FOR_EVER = 200
ended: Counter[str] = Counter()


class Hurried(Trip):
    """A trip in a hurry: what is slow for ever would take as long."""

    def __init__(self, seconds: float, pauses: tuple[float, float]) -> None:
        super().__init__(min(seconds, 0.5), (pauses[0], min(pauses[1], 0.25)))


class Faults(Stage):
    """One provider with everything that can be wrong with it."""

    stage: ClassVar[str]

    @pytest.fixture
    def vendor(self, played: Any, settings: Settings) -> Iterator[Any]:
        """Play it where the operator has allowed it to be, and nothing else."""
        shutil.rmtree(default_storage.location, ignore_errors=True)  # type: ignore[attr-defined]
        settings.OUTGOING_ALLOW_PRIVATE = False
        settings.OUTGOING_ALLOW = [f"127.0.0.1:{played.port}"]
        with mock.patch.object(door, "Trip", Hurried):
            yield played

    def spoilt(self, *, slow: bool) -> list[tuple[tuple[str, Trouble], str]]:
        """Return each call once: all its faults are tried one after the other."""
        return [
            ((one.name, self.faults_of(one)), one.name) for one in self.on_the_way()
        ]

    def faults_of(self, call: Call) -> Any:
        """Return {name: trouble} of everything that can be wrong with a call."""
        known = troubles.OF_ANY_CALL | troubles.SLOW_CALLS
        if call.picture:
            known = known | troubles.PICTURES
        for name, row in troubles.LIES[self.stage].items():
            if not isinstance(row, str) and row[0] == call.name:
                known = known | {name: row[1]}
        return known

    def test_it_stays_so(
        self, vendor: Any, team: Team, call: str, trouble: dict[str, Trouble]
    ) -> None:
        wrong = []
        for number, (name, one) in enumerate(trouble.items()):
            try:
                self.stays(vendor, team, call, one, number)
            except (AssertionError, ValueError) as error:
                wrong.append(f"{name}: {str(error).splitlines()[0]}")
            vendor.mend(call)
            # Whom both know already is asked for and made no more.
            vendor.subjects.clear()
            cache.clear()
        assert not wrong, "\n".join(wrong)

    def stays(
        self, vendor: Any, team: Team, call: str, trouble: Trouble, seed: int = 0
    ) -> None:
        before, asked = self.paid(vendor), len(vendor.asked[call])
        stored = Image.objects.count()
        vendor.spoil(call, *[trouble] * FOR_EVER)
        task = self.to_the_end(self.begin(team, seed))
        assert len(vendor.asked[call]) > asked, "this was never called"
        said = self.ended_in_order(task)
        assert self.paid(vendor) <= before + 1, said
        made = Image.objects.count() - stored
        assert made == 1 or task.state == "completed", f"{made} images: {said}"
        vendor.mend(call)
        if task.resumes:
            assert task.retry()
            task = self.to_the_end(fresh(task))
            assert task.state == "completed", f"not taken up: {task.code} {said}"
            assert self.paid(vendor) == before + 1, said

    @pytest.mark.parametrize("where", troubles.INWARD)
    def test_it_leads_inward(
        self, vendor: Any, team: Team, asked: str, where: str
    ) -> None:
        with Elsewhere() as elsewhere:
            to = where.replace("ELSEWHERE", elsewhere.url)
            self.stays(vendor, team, asked, troubles.inward(to))
            assert not elsewhere.heard

    def test_it_never_ends(self, vendor: Any, team: Team) -> None:
        self.needs("never")
        vendor.never = True
        task = self.to_the_end(self.begin(team))
        self.ended_in_order(task)
        assert (task.code, task.resumes, self.paid(vendor)) == ("deadline", True, 1)

    def to_the_end(self, task: Task) -> Task:
        """Go on, every wait as if it were over, the longest of them last."""
        for _ in range(ROUNDS):
            if not task.is_open:
                return task
            task = self.step(task)
        past = timezone.now() - timedelta(seconds=1)
        Task.objects.filter(pk=task.pk).update(deadline=past)
        end_overdue()
        return fresh(task)

    def begin(self, team: Team, seed: int = 0) -> Task:
        """Begin with a picture whose bytes are counted, as those of every door are."""
        task = super().begin(team, seed)
        assert task.image
        used = F("bytes_used") + task.image.blob.size
        Team.objects.filter(pk=team.pk).update(bytes_used=used)
        return task

    def ended_in_order(self, task: Task) -> str:
        """See that a person can act on how it ended; return that in a line."""
        said = f"{task.state} {task.code}: {task.message} {task.hint}"
        assert not task.is_open, said
        assert not task.events.filter(kind__startswith="interrupted"), said
        assert task.results.exists() == (task.state == "completed"), said
        if task.state != "completed":
            assert task.state == "error", said
            assert task.code, said
            assert task.message, said
            assert task.hint, f"there is no next step: {said}"
        problems = list(integrity.problems())
        assert not problems, f"{problems} {said}"
        left = list(Path(site.FILE_UPLOAD_TEMP_DIR).iterdir())
        assert not left, f"{left} {said}"
        ended[task.code or "completed"] += 1
        return said


def stage_of(name: str, base: type[Contract]) -> type[Faults]:
    """Make the faults of a provider that is played as in its contract."""
    kept: dict[str, Any] = {"stage": name}
    for one in reversed(base.__mro__):
        if issubclass(one, Contract) and one is not Contract:
            known = vars(one).items()
            kept |= {key: it for key, it in known if key[:2] not in {"__", "te"}}
    return type(
        "Test" + name.title().replace(" ", "").replace(",", ""), (Faults,), kept
    )


for _name, _base in STAGES.items():
    _made = stage_of(_name, _base)
    globals()[_made.__name__] = _made


def test_every_provider_has_a_row_for_every_lie() -> None:
    installed = {one.key for one in providers.providers()}
    assert installed == {name.split(",")[0].split(" ")[0] for name in troubles.LIES}
    assert {*STAGES, "local"} == set(troubles.LIES)
    kinds = set(troubles.LIES["kokoon"])
    for name, rows in troubles.LIES.items():
        assert set(rows) == kinds, name


def test_what_was_shown(proved: Callable[[str], None]) -> None:
    assert ended, "nothing was tried"
    how = ", ".join(f"{code} {number}" for code, number in ended.most_common())
    proved(
        f"{ended.total()} pairs of a call and a lasting fault at {len(STAGES)} stages: "
        f"every task ended with a reason and a next step, none was paid twice ({how})."
    )
