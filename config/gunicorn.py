"""How gunicorn serves Darkroom: threads, time-outs, limits.

Read by `gunicorn config.wsgi -c config/gunicorn.py`; the names are its settings.
"""

import gc
import logging
import os
import resource
import shutil
import socket
import struct
import subprocess  # nosec B404
import sys
import tempfile
from pathlib import Path
from typing import Any

from config import bodies
from imaging.reporting.logs import Json
from imaging.reporting.masking import Masked

CHECKOUT = Path(__file__).resolve().parent.parent
# After this long without a single byte from, or to, a client its thread is freed.
SILENCE = 60


def cores() -> int:
    """Count the processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


port = os.environ.setdefault("PORT", "8000")
bind = os.environ.get("BIND") or f"127.0.0.1:{port}"

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or min(cores(), 4))
# A client that stops within its header or body holds a thread. With 200 of them on
# one worker a page's p95 stays where it was (18 ms, and 17 to 25 ms).
threads = 256
worker_connections = 2_000

bodies.read_straight()

# The kernel's sendfile knows no time limit: a silent client would hold its thread.
sendfile = False

# gthread's main thread beats by itself: a slow upload or download is never killed.
timeout = 60
graceful_timeout = 30
# Longer than the 5 seconds at which a quiet page asks for news.
keepalive = 15

limit_request_line = 8_190
limit_request_fields = 100
limit_request_field_size = 8_190
# What a proxy may say about a client is decided in the application.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}

# The heartbeat must not wait for a disk; None is gunicorn's own choice.
SHARED_MEMORY = "/dev/shm"  # noqa: S108  # nosec B108
worker_tmp_dir = SHARED_MEMORY if Path(SHARED_MEMORY).is_dir() else None
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Allow enough open files: 256 threads with a database each take 768 alone."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < 8_192:
        wanted = 8_192 if hard == resource.RLIM_INFINITY else min(hard, 8_192)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    server.log.error_log.addFilter(tell_silence)
    server.log.error_log.addFilter(Masked())
    if os.environ.get("LOG_FORMAT", "").strip().lower() == "json":
        for handler in server.log.error_log.handlers:
            handler.setFormatter(Json())

    # Where the web processes count together what /metrics tells of all of them.
    folder = tempfile.mkdtemp(prefix="darkroom-metrics-", dir=worker_tmp_dir)
    server.metrics_folder = os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder


def post_worker_init(worker: Any) -> None:
    """Take what was loaded out of the garbage collector's rounds.

    Else a page now and then waits while it looks through all of the code.
    """
    gc.collect()
    gc.freeze()


def on_exit(server: Any) -> None:
    """Leave nothing behind."""
    shutil.rmtree(getattr(server, "metrics_folder", ""), ignore_errors=True)


def when_ready(server: Any) -> None:
    """Bound every client's silence, then say where the site is."""
    for listener in server.LISTENERS:
        free_silent(listener.sock)
    # gunicorn reaps every child, so only the shell learns how this one ended.
    subprocess.Popen(  # noqa: S603  # nosec B603
        [
            "/bin/sh",
            "-c",
            '"$0" manage.py welcome || echo "manage.py welcome failed." >&2',
            sys.executable,
        ],
        cwd=CHECKOUT,
    )


def free_silent(listener: socket.socket) -> None:
    """Set what every accepted connection inherits: no thread waits for ever."""
    limit = struct.pack("ll", SILENCE, 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def tell_silence(record: logging.LogRecord) -> bool:
    """Say in one line, without a traceback, that a client's time was up."""
    if record.exc_info and isinstance(record.exc_info[1], BlockingIOError):
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg = f"A client was silent for {SILENCE} s: its connection is closed."
        record.args, record.exc_info = (), None
    return True
