"""Failures, grouped by what they have in common; begun again or let be as a group."""

from __future__ import annotations

from imaging.failures import reason_of
from imaging.models import Task

PORTION = 500


def give_reasons(portions: int = 20) -> int:
    """Say of older failures by what they are grouped; return of how many.

    They ended before that was noted. A bounded number at a time.
    """
    count = 0
    bare = Task.objects.failed().filter(dismissed=None, reason="").exclude(message="")
    for _ in range(portions):
        tasks = list(bare.only("message", "reason")[:PORTION])
        for task in tasks:
            task.reason = reason_of(task.message) or task.message[:1]
        count += Task.objects.bulk_update(tasks, ["reason"]) if tasks else 0
        if len(tasks) < PORTION:
            break
    return count
