"""How work at a provider fails, or ends before it is done."""

from __future__ import annotations

from typing import Any


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
        super().__init__(message)
        self.message = message
        self.code = code
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
