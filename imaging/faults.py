"""Points at which a test makes a process die; outside the tests they do nothing."""

import os
import signal
from pathlib import Path

from django.conf import settings


def reach(point: str) -> None:
    """Die by SIGKILL here if DARKROOM_FAULT_POINT says `point=path` and path exists.

    The file is removed first, so each fault happens once and the work can go on.
    """
    if not settings.FAULT_POINT:
        return
    name, _, path = settings.FAULT_POINT.partition("=")
    if name != point:
        return
    try:
        Path(path).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
