"""Errors told to a Sentry of the operator's choice, where SENTRY_DSN names one.

Of a request only its method and masked address go along: no person, form or token.
"""

from __future__ import annotations

from typing import Any

import sentry_sdk
from sentry_sdk.types import Event, Hint

from imaging.operating.versions import darkroom
from imaging.reporting.logs import request_id, task_id
from imaging.reporting.masking import masked

# Of a request only how it was asked.
ASKED = {"method", "url"}
PERSONAL = ("user", "breadcrumbs", "extra", "modules", "server_name", "_meta")


def start(dsn: str) -> None:
    """Report from now on what is logged as an error, and what nobody caught."""
    sentry_sdk.init(
        dsn=dsn,
        release=f"darkroom@{darkroom()}",
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        # Providers are not told which of our requests theirs belongs to.
        trace_propagation_targets=[],
        before_send=discreet,
    )


def discreet(event: Event, _hint: Hint) -> Event:
    """Take out of a report what is about people, and what opens something."""
    told: dict[str, Any] = dict(event)
    for name in PERSONAL:
        told.pop(name, None)
    if asked := told.get("request"):
        kept = {name: value for name, value in asked.items() if name in ASKED}
        told["request"] = kept
    ids = {"request_id": request_id.get(), "task_id": task_id.get()}
    found = {name: value for name, value in ids.items() if value}
    told["tags"] = {**told.get("tags", {}), **found}
    clean: Event = deeply_masked(told)
    return clean


def deeply_masked(value: Any) -> Any:
    """Mask every text in it; bytes and objects become what they look like, masked."""
    if isinstance(value, dict):
        return {name: deeply_masked(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [deeply_masked(one) for one in value]
    return masked(value) if isinstance(value, str) else value
