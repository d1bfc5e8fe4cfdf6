"""The doctor: looks at all that must hold, and says how to mend what does not."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from imaging.bounded import within
from imaging.operating.checkup import house, machines, stores
from imaging.operating.checkup.finding import ERROR, OK, WARNING, Check, Finding, error

log = logging.getLogger(__name__)
# Seconds for one matter, and for all of them together.
PATIENCE, PATIENCE_IN_ALL = 5.0, 30.0
CHECKS: list[tuple[str, Check]] = [
    (noop("Processes"), machines.processes),
    (noop("Database"), stores.database),
    (noop("Migrations"), stores.migrations),
    (noop("Storage"), stores.storage),
    (noop("Files of pictures"), stores.renditions),
    (noop("Free disk"), stores.disk),
    (noop("Temporary folder"), stores.temporary),
    (noop("Cache"), stores.caching),
    (noop("Queues"), stores.queues),
    (noop("Clocks"), machines.clock),
    (noop("Keys"), house.keys),
    (noop("Addresses"), house.addresses),
    (noop("Mail"), house.mail),
    (noop("Providers' keys"), house.accounts),
    (noop("Ways in rounds"), house.rounds),
    (noop("Codecs"), machines.codecs),
    (noop("Styles and scripts"), stores.static),
]


def examine() -> list[Finding]:
    """Look at everything, worst first; what hangs or breaks is a finding, too."""
    ends = time.monotonic() + PATIENCE_IN_ALL
    found = []
    for title, check in CHECKS:
        left = min(PATIENCE, max(ends - time.monotonic(), 0.5))
        found += [replace(one, title=_(title)) for one in findings(check, left)]
    order = [ERROR, WARNING, OK]
    return sorted(found, key=lambda one: order.index(one.level))


def findings(check: Check, seconds: float) -> list[Finding]:
    language = get_language() or "en"

    def ask() -> list[Finding]:
        with override(language):
            return list(check())

    try:
        return within(seconds, ask)
    except TimeoutError:
        said = _("There was no answer within %(n).1f seconds.") % {"n": seconds}
        return [error(said, _("See what keeps it busy, then ask again."))]
    except Exception as problem:
        log.exception("the doctor could not finish a check")
        said = _("It could not be looked at: %(problem)s.")
        mend = _("The log has more; mend this first, then ask again.")
        return [error(said % {"problem": type(problem).__name__}, mend)]
