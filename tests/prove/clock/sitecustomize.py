"""Loaded by a Python that has this folder on its path: its clock is CLOCK_AHEAD off."""

import os
import time
from datetime import UTC, datetime, timedelta

from django.utils import timezone

AHEAD = float(os.environ.get("CLOCK_AHEAD", "0"))
true_time = time.time


def shifted_time() -> float:
    return true_time() + AHEAD


def shifted_now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=AHEAD)


time.time, timezone.now = shifted_time, shifted_now
