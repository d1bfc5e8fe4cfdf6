"""What a check finds: a sentence, with what mends it where a program can."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
)
from django.db import DatabaseError

# A storage or database that is away for a moment.
TROUBLE = (DatabaseError, OSError, BotoCoreError, ClientError)
# Says what it has done; nothing, when there was nothing to do any more.
Mend = Callable[[], str]


class Unmended(Exception):
    """A problem that stays, with what a person can do about it."""


class Problem(str):
    """One thing that is not as it should be, and its own mend."""

    mend: Mend | None
    advice: str

    def __new__(cls, said: str, mend: Mend | None = None, advice: str = "") -> Problem:
        made = super().__new__(cls, said)
        made.mend, made.advice = mend, advice
        return made


@dataclass(frozen=True)
class Outcome:
    """What became of one problem: what was done, or what is left to do and by whom."""

    problem: Problem
    done: str = ""
    left: str = ""


def repair(found: Iterable[Problem]) -> Iterator[Outcome]:
    """Mend each problem as it is found; one that cannot be mended stops no other."""
    for problem in found:
        try:
            done = problem.mend() if problem.mend else ""
        except Unmended as reason:
            yield Outcome(problem, left=str(reason))
        except TROUBLE as error:
            yield Outcome(problem, left=f"could not be mended now: {error}")
        else:
            if done:
                yield Outcome(problem, done=done)
            elif problem.mend is None:
                yield Outcome(problem, left=problem.advice)
