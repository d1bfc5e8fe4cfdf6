"""Points at which a test plants a fault; outside the tests they do nothing."""

import signal
import threading
from pathlib import Path

from django.conf import settings


class Planted(Exception):
    """A fault that a test has planted."""


def reach(point: str) -> None:
    """Meet here the fault whose file has this name in the folder DARKROOM_FAULT_POINT.

    What the file says: nothing, and this process dies by SIGKILL; `raise`, and Planted
    is raised; `stop`, and it stands still until it is continued. The file is removed
    first, so each fault happens once and the work can go on.
    """
    if not settings.FAULT_POINT:
        return
    file = Path(settings.FAULT_POINT, point)
    try:
        fault = file.read_text()
        file.unlink()
    except FileNotFoundError:
        return
    if fault == "raise":
        raise Planted(point)
    # To this thread, so that it does not get a step further.
    stop = signal.SIGSTOP if fault == "stop" else signal.SIGKILL
    signal.pthread_kill(threading.get_ident(), stop)
