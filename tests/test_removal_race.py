"""Pictures are counted, trashed and deleted at once, by real processes."""

import pytest

from tests.test_budget_race import environment, process, said  # noqa: F401

pytestmark = pytest.mark.both
PICTURES = 20
MODULE = "tests.removing"


def together(env: dict[str, str], *acts: str) -> list[int]:
    """Let each act go in a process of its own, all from one moment on."""
    runs = [process(env, *one.split(), module=MODULE) for one in acts]
    for run in runs:
        assert run.stdout
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        assert run.stdin
        run.stdin.write("go\n")
        run.stdin.flush()
    done = [run.communicate(timeout=120)[0] for run in runs]
    assert [run.returncode for run in runs] == [0] * len(runs)
    return [int(one) for one in done]


def test_what_is_counted_can_be_deleted_and_trashed_at_that_moment(
    environment: dict[str, str],  # noqa: F811
) -> None:
    said(environment, "prepare", str(PICTURES), module=MODULE)
    assert together(environment, "bundle", "trash") == [PICTURES, PICTURES]
    counted, removed = together(environment, "count", "remove")
    assert removed == PICTURES
    rows, of_deleted = said(environment, "downloads", module=MODULE).split()
    assert int(rows) == 2 * PICTURES * PICTURES + counted
    assert int(of_deleted) == PICTURES * PICTURES + counted
