"""Commands of the operator: each that changes something is in the audit log, too."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Sequence
from typing import Any

from django.core.management import ManagementUtility
from django.core.management.base import BaseCommand

# They run for good, and what they do is not their operator's; or they make the tables.
QUIET = {"process", "cluster", "watch", "qcluster", "runserver", "testserver", "test"}
QUIET |= {"migrate", "flush", "createcachetable"}


class Commands(ManagementUtility):
    """Django's command line, which notes what was changed by it."""

    def fetch_command(self, subcommand: str) -> BaseCommand:
        command = super().fetch_command(subcommand)
        if subcommand in QUIET:
            return command
        run = command.run_from_argv

        def noted(argv: Sequence[str]) -> None:
            note_change(subcommand, lambda: run(list(argv)))

        command.run_from_argv = noted  # type: ignore[method-assign]
        return command


def note_change(command: str, run: Any) -> None:
    """Run it; note its name where it has changed something. Never what it was given."""
    from imaging.auditing.requests import watched
    from imaging.models import AuditEvent
    from imaging.models.acts import act

    with act(lambda: {"who": whose()}) as now, watched() as written:
        try:
            run()
        finally:
            if written and not now.noted:
                AuditEvent.objects.note("command", command=command)


def whose() -> str:
    """Name the account of the machine, as far as it has one."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):
        return socket.gethostname()
