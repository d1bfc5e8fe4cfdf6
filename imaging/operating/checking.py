"""A check of everything, with or without repair, and its result written down."""

from __future__ import annotations

from dataclasses import dataclass, field

from imaging.models import AuditEvent, Checkup, User
from imaging.operating.integrity import problems
from imaging.operating.problems import repair


@dataclass
class Report:
    """What is wrong still, each with what a person must do, and what was mended."""

    problems: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)


def check(
    *, deep: bool = False, mend: bool = False, user: User | None = None
) -> Report:
    """Check everything, mend what can be mended if so wanted; keep the result."""
    run = Checkup.objects.begin(repair=mend, deep=deep, user=user)
    report = repaired(deep=deep) if mend else Report(list(problems(deep=deep)))
    run.end(report.problems, report.repaired)
    if report.repaired:
        AuditEvent.objects.note(
            "integrity_repaired",
            user=user,
            repaired=len(report.repaired),
            left=len(report.problems),
        )
    return report


def repaired(*, deep: bool) -> Report:
    """Mend each problem as it is found."""
    report = Report()
    for one in repair(problems(deep=deep, counters=True)):
        if one.done:
            report.repaired.append(f"{one.problem}: {one.done}")
        else:
            report.problems.append(f"{one.problem}: {one.left}")
    return report


def check_in_background(deep: bool, mend: bool, user: str) -> None:
    """Check on a worker, for somebody who asked for it on a page."""
    check(deep=deep, mend=mend, user=User.objects.filter(pk=user).first())
