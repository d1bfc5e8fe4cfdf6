"""How work at a provider fails, or ends before it is done."""

from __future__ import annotations

import re
from typing import Any

# As long as the column in which it is kept.
LONGEST_REASON = 100
LEFT_OUT = "…"
# A vendor's words may be a whole page.
READ = 500
# What differs between failures of one cause. Hosts are kept in small letters, so that
# a name like "Haut.AI" is none of them.
DIFFERS = re.compile(
    r"""
    https?://\S+
    | \b\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-][\d:]+)?
    | “[^”]*” | „[^“”]*[“”] | «[^»]*» | "[^"]*" | `[^`]*` | (?<!\w)'[^']*'(?!\w)
    | \b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b
    | \b(?=\w*\d)(?:[0-9A-Fa-f]{8,}|[\w-]{20,})\b
    | \S+\.(?i:jpe?g|png|webp|tiff?|heic|avif|gif|bmp|zip)\b
    | \b[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:/\S*\w)?
    | \[[0-9a-f:.]+\](?::\d+)?
    | (?<![^\W\d])\d+(?:[.,:×/-]\d+)*
    """,
    re.VERBOSE,
)


def reason_of(message: str) -> str:
    """Return what failures of one cause have in common in their messages.

    Names, numbers, ids, addresses and times are left out. Empty only for no message.
    """
    common = DIFFERS.sub(LEFT_OUT, " ".join(message[:READ].split()))
    return common[:LONGEST_REASON].rstrip()


def printable(text: str) -> str:
    """Return a text in which only what can be shown is left."""
    return "".join(one if one.isprintable() else " " for one in str(text))


class ProviderError(Exception):
    """The only failure a provider raises: a sentence, a code, and what to do next.

    `permanent` means that trying again cannot help; `retry_after` is in seconds.
    """

    def __init__(
        self,
        message: str,
        code: str = "provider_error",
        *,
        permanent: bool = False,
        hint: str = "",
        retry_after: float | None = None,
    ) -> None:
        # A vendor's words may be in it: no database takes a NUL or half a letter, and
        # a line break would forge a line of the log.
        self.message = printable(message)
        super().__init__(self.message)
        self.code = printable(code)
        self.permanent = permanent
        self.hint = hint
        self.retry_after = retry_after


class OutcomeUnknown(ProviderError):
    """A call that may not be repeated was sent, and its answer never came."""

    def __init__(self, message: str, **kwargs: Any) -> None:
        super().__init__(message, "outcome_unknown", **kwargs)


class Cancelled(Exception):
    """Raised out of `job.progress` when somebody cancelled the task."""


class Superseded(Exception):
    """Another process has taken this task over; whatever we still do is in vain."""
