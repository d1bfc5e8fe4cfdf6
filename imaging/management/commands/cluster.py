"""`manage.py cluster worker` and `manage.py cluster engine`: the background workers."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django_q.conf import Conf

from imaging.cluster import guard
from imaging.decoding.sandbox import SANDBOX
from imaging.upkeep import beat, part  # loads what the tasks need, once for all workers


class Command(BaseCommand):
    """Serve one queue."""

    help = "Run a queue's workers; when one of them is killed, they start again."
    # Nothing here serves a page: addresses and views need not be loaded.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        queues: dict[str, Any] = settings.Q_CLUSTER
        names = [queues["name"], *queues["ALT_CLUSTERS"]]
        parser.add_argument("queue", choices=names)

    def handle(self, *args: Any, queue: str, **options: Any) -> None:
        if queue != Conf.CLUSTER_NAME:
            # django-q2 reads this once, before any command is known.
            os.environ["Q_CLUSTER_NAME"] = queue
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # nosec B606
        # Before what has come earlier is made larger, what comes now shall be seen.
        SANDBOX.yields = True
        guard.run(queue, beat)
        part(queue)
