"""Leases: held by one process, freed by its death, renewed while it works."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from imaging.models import Task, Team, leases
from imaging.models.leases import LeaseKeeper, identity, is_dead
from tests.lab import Lab
from tests.labwork import a_picture, begin, fresh, lab_fixture  # noqa: F401


def owner_of(code: str) -> str:
    """Return the identity of a process, while it lives as long as `code` says."""
    program = f"from imaging.models.leases import identity; {code}"
    program = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings';"
        f"import django; django.setup(); {program}"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_process_knows_itself_to_be_alive() -> None:
    assert identity() == identity()
    assert not is_dead(identity())


def test_a_process_that_has_ended_is_dead() -> None:
    owner = owner_of("print(identity())")
    assert owner.rsplit("/", 2)[0] == identity().rsplit("/", 2)[0]
    assert is_dead(owner)


def test_a_process_that_has_the_number_of_a_dead_one_is_another() -> None:
    machine, pid, started = identity().rsplit("/", 2)
    assert is_dead(f"{machine}/{pid}/{int(started) - 1}")


def test_after_a_reboot_all_are_dead_and_of_other_hosts_nothing_is_known() -> None:
    host, _, rest = identity().partition("/")
    assert is_dead(f"{host}/otherone/{rest.rpartition('/')[2]}/1")
    assert not is_dead(f"elsewhere/{rest}")


@pytest.mark.django_db
@pytest.mark.both
def test_a_lease_is_free_when_it_has_run_out(lab: Lab, studio: Team) -> None:
    task = begin(a_picture(studio))
    rows = Task.objects.filter(pk=task.pk)
    assert rows.take(starts=7) == 1
    assert rows.take() == 0
    assert (rows.held().count(), rows.free().count()) == (1, 0)
    assert (fresh(task).starts, fresh(task).lease_owner) == (7, identity())
    rows.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert (rows.held().count(), rows.free().count()) == (0, 1)
    assert rows.take() == 1
    assert fresh(task).fence == 2


@pytest.mark.django_db
@pytest.mark.both
def test_only_the_leases_of_the_dead_are_ended(lab: Lab, studio: Team) -> None:
    living, dead = (begin(a_picture(studio, seed=n)) for n in range(2))
    Task.objects.take()
    Task.objects.filter(pk=dead.pk).update(lease_owner=owner_of("print(identity())"))
    assert Task.objects.bury_the_dead() == 1
    assert fresh(living).lease_until
    assert fresh(dead).lease_until is None
    assert Task.objects.bury_the_dead() == 0


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_renewed_for_as_long_as_the_work_takes(
    lab: Lab, studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=0.03))
    task = begin(a_picture(studio))
    renewed = Renewals(task)
    with LeaseKeeper(renewed):
        assert renewed.twice.wait(30)
    assert fresh(task).lease_until


class Renewals:
    """Rows that tell when their lease was renewed a second time."""

    def __init__(self, task: Task) -> None:
        import threading

        self.rows, self.count = Task.objects.filter(pk=task.pk), 0
        self.twice = threading.Event()

    def all(self) -> "Renewals":
        return self

    def update(self, **fields: object) -> int:
        self.count += 1
        if self.count == 2:
            self.twice.set()
        return int(self.rows.update(**fields))
