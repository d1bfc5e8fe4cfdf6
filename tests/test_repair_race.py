"""Repairs amid uploads and deletions, by real processes: nothing is lost."""

import pytest

from tests import test_removal_race as race
from tests.test_budget_race import environment, process, said  # noqa: F401

pytestmark = pytest.mark.both
PICTURES, REPAIRS = 20, 10
MODULE = "tests.repairing"


def test_a_repair_takes_nothing_that_anybody_stores_or_deletes(
    environment: dict[str, str],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(race, "MODULE", MODULE)
    said(environment, "prepare", str(PICTURES), module=MODULE)
    acts = f"store {PICTURES}", f"remove {PICTURES}", f"repair {REPAIRS}"
    assert race.together(environment, *acts) == [PICTURES, PICTURES, REPAIRS]
    images, blobs, flawed, wrong = said(environment, "left", module=MODULE).split()
    assert int(images) == int(blobs) == PICTURES // 2
    assert (flawed, wrong) == ("0", "0")
