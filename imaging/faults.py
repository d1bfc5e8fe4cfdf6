"""Points at which a test makes a process die; outside the tests they do nothing."""

import os
import signal
from pathlib import Path

from django.conf import settings


def reach(point: str) -> None:
    """Die by SIGKILL here if the folder DARKROOM_FAULT_POINT has a file of this name.

    The file is removed first, so each fault happens once and the work can go on.
    """
    if not settings.FAULT_POINT:
        return
    try:
        Path(settings.FAULT_POINT, point).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
