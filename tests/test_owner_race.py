"""Of two owners who go at once one stays: real processes, a real database."""

import pytest

from tests.test_budget_race import environment, process, said  # noqa: F401

pytestmark = pytest.mark.both
TEAMS = 40
MODULE = "tests.leaving"


def test_no_team_loses_both_of_its_owners_at_once(
    environment: dict[str, str],  # noqa: F811
) -> None:
    said(environment, "prepare", str(TEAMS), module=MODULE)
    runs = [process(environment, who, module=MODULE) for who in ("first", "second")]
    for run in runs:
        assert run.stdout
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        assert run.stdin
        run.stdin.write("go\n")
        run.stdin.flush()
    gone = [int(run.communicate(timeout=120)[0]) for run in runs]
    assert sum(gone) == TEAMS
    assert said(environment, "owners", module=MODULE).split() == ["1"] * TEAMS
