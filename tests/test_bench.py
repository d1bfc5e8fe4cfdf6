"""A run of the bench ends in one table, names what it missed, and is remembered."""

import json
from pathlib import Path

import pytest

from tests.bench import report
from tests.bench.__main__ import rooms
from tests.bench.figures import Figure, left_out

FOUND = {
    "downloads": [
        Figure("beside another", 0.8, "x", 0.75, at_least=True, peer="nginx"),
        left_out("archive", "cat is missing"),
    ],
    "walls": [Figure("page", 13, "ms", 12), Figure("memory", 50, "MB")],
}


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(report, "HISTORY", tmp_path)


def test_every_figure_is_in_the_table_and_what_is_missed_is_named_below(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert not report.show(FOUND, {})
    table, below = capsys.readouterr().out.strip().split("\n\n")
    said = [line.split() for line in table.splitlines()]
    goal = ["0.80", "x", "at", "least", "0.75", "x", "nginx", "reached"]
    assert ["beside", "another", *goal] in said
    assert ["memory", "50.00", "MB"] in said
    assert below.splitlines() == [
        "NOT RUN downloads: archive: cat is missing",
        "MISSED walls: page: 13.00 ms, goal at most 12 ms",
    ]


@pytest.mark.parametrize(("broken", "passed"), [({}, True), ({"x": "ended"}, False)])
def test_what_is_left_out_is_no_failure_and_what_breaks_off_is_one(
    broken: dict[str, str], passed: bool
) -> None:
    assert report.show({"downloads": FOUND["downloads"]}, broken) is passed


def test_a_run_is_one_line_of_the_history(tmp_path: Path) -> None:
    for _run in range(2):
        report.remember(FOUND, {}, report.facts())
    lines = (tmp_path / "darkroom" / "bench.jsonl").read_text().splitlines()
    told = json.loads(lines[1])
    assert len(lines) == 2
    assert told["rooms"]["downloads"][1]["value"] is None
    assert told["cores"]
    assert told["versions"]["django"]


def test_a_module_that_measures_is_a_room() -> None:
    assert {"pages", "flight", "console"} <= set(rooms())
    assert not {"figures", "report", "peers", "chains"} & set(rooms())
