"""A check of everything, with or without repair, and its result written down."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, transaction

from imaging.models import AuditEvent, Checkup, User
from imaging.operating.integrity import problems
from imaging.operating.problems import repair

log = logging.getLogger(__name__)


@dataclass
class Report:
    """What is wrong still, each with what a person must do, and what was mended."""

    problems: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)


def check(
    *, deep: bool = False, mend: bool = False, user: User | None = None
) -> Report:
    """Check everything, mend what can be mended if so wanted; keep the result."""
    run = begun(repair=mend, deep=deep, user=user)
    report = repaired(deep=deep) if mend else Report(list(problems(deep=deep)))
    if run:
        run.end(report.problems, report.repaired)
    if report.repaired:
        AuditEvent.objects.note(
            "integrity_repaired",
            user=user,
            repaired=len(report.repaired),
            left=len(report.problems),
        )
    return report


def begun(*, repair: bool, **how: Any) -> Checkup | None:
    """Note that a check begins; only what mends must be able to write."""
    try:
        with transaction.atomic():
            return Checkup.objects.begin(repair=repair, **how)
    except DatabaseError:
        if repair:
            raise
        log.warning("this check is not noted: the database cannot be written to")
        return None


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
