"""`manage.py watch`: poll providers, sweep and prune, until SIGTERM."""

import signal
from typing import Any

from django.core.management.base import BaseCommand

from imaging.background.watcher import Watcher


class Command(BaseCommand):
    help = "Poll every task that is at a provider, and take up what was dropped."

    def handle(self, *args: Any, **options: Any) -> None:
        watcher = Watcher()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: watcher.stop.set())
        watcher.run()
