"""Of workers at once none passes the bound: real processes, a real database."""

import pytest

from tests.lab import Lab
from tests.test_budget_race import environment, process, said

pytestmark = pytest.mark.both
PROCESSES, TASKS, MOST = 3, 9, 4
environment = environment
HERE = "tests.sending"


def test_workers_at_once_never_pass_what_a_provider_may_have(
    environment: dict[str, str],
) -> None:
    with Lab() as lab:
        env = {**environment, "LAB_URL": lab.url, "OUTGOING_ALLOW_PRIVATE": "1"}
        said(env, "prepare", str(TASKS), str(MOST), module=HERE)
        runs = [process(env, "send", module=HERE) for _ in range(PROCESSES)]
        for run in runs:
            assert run.stdout
            assert run.stdout.readline() == "ready\n"
        for run in runs:
            run.communicate("go\n", timeout=120)
            assert run.returncode == 0
        assert len(lab.orders) == MOST
        assert said(env, "total", module=HERE).split() == [str(MOST), str(TASKS - MOST)]
