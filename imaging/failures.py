"""How work at a provider fails, or ends before it is done."""

from __future__ import annotations

from typing import Any


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
