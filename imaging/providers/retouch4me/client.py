"""Retouch4me as a provider: start, status, file; its limits and the balance."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from imaging.failures import ProviderError
from imaging.providers.accounts import Account, Credential
from imaging.providers.base import Job, Output, Progress, Provider, Ticket
from imaging.providers.limits import sent_as
from imaging.providers.retouch4me import wire
from imaging.providers.retouch4me.calls import Calls
from imaging.providers.retouch4me.operation import UNIT, Retouch, limits_of
from imaging.providers.retouch4me.options import tasks_of
from imaging.providers.retouch4me.results import bounds_of, outputs_of

# A job or a file may show up a moment later; after so many looks it is gone.
LOOKS = 3
LOOK_AGAIN = 3.0


class Client(Provider):
    key = "retouch4me"
    label = _("Retouch4me")
    summary = _("Retouching of portraits by networks, as one picture or in layers.")
    pace = 3.0
    rate = 10.0
    deadline = 3_600.0
    retention_days = 1
    job_id = "id"
    job_id_opens = True
    home = wire.HOME
    credentials = (
        Credential("token", _("Token"), help=_("From retouch4.me/token_page.")),
        Credential(
            "token_as",
            _("How the token is sent"),
            secret=False,
            required=False,
            help=_("“field” when left empty, as in every version; or “header”."),
        ),
        Credential(
            "balance_url",
            _("Older address for the balance"),
            secret=False,
            required=False,
            help=_(
                "Asked only where the server does not tell the balance itself, and it "
                "gets the token: https://3dlutcreator.com/api/retouch/v1/balance"
            ),
        ),
    )
    how_to_join = _(
        "Sign in at retouch4.me with a confirmed account; its token is shown on "
        "retouch4.me/token_page."
    )
    operations = (Retouch(),)

    def pace_after(self, polls: int) -> float:
        """Ask after 3 seconds, each time a quarter later, up to 10."""
        return float(min(self.pace * 1.25 ** min(polls, 10), 10.0))

    def submit(self, job: Job, ticket: Ticket) -> None:
        """Send the picture and what to do; its key keeps it from being paid twice."""
        if "limits" not in ticket:
            # What was sent is made once more when layers are to be laid on it.
            ticket.learn(limits=job.account.known.get("limits"))
        ticket.once("id", lambda: self._start(job, ticket), repeatable=True)

    def _start(self, job: Job, ticket: Ticket) -> str:
        try:
            payload = wire.dump_payload(tasks_of(job.options))
        except ValueError as error:
            hint = "Change the options and begin anew."
            raise ProviderError(
                str(error), "bad_task", permanent=True, hint=hint
            ) from error
        with limits_of(ticket["limits"]).fitted(job) as path:
            name = sent_as(job.facts.name, path)
            started = Calls(job.account).start(path, name, payload, key_of(job))
        if started.quota is not None:
            job.account.learn(quota=started.quota)
        return str(started.id)

    def poll(self, job: Job, ticket: Ticket) -> Progress:
        """Ask; only `completed` says that the file is there."""
        try:
            status = Calls(job.account).status(ticket["id"])
        except ProviderError as error:
            raise self._missing(error, ticket) from error
        if status.failed:
            raise failed(status.reason)
        if ticket.get("looks"):
            ticket.learn(looks=0)
        expires = status.expires.isoformat() if status.expires else None
        if expires and expires != ticket.get("expires"):
            ticket.learn(expires=expires)
        return Progress(status.completed, status.progress)

    def fetch(self, job: Job, ticket: Ticket) -> list[Output]:
        got = job.scratch / "got"
        try:
            most = bounds_of(job.facts).total
            Calls(job.account).download(ticket["id"], got, most)
        except ProviderError as error:
            raise self._missing(error, ticket) from error
        limits = limits_of(ticket.get("limits"))
        return outputs_of(got, job, lambda: limits.fitted(job))

    def _missing(self, error: ProviderError, ticket: Ticket) -> ProviderError:
        """Return what it means that something is not there; other errors stay."""
        if error.code != "http_404":
            return error
        looks = ticket.get("looks", 0) + 1
        ticket.learn(looks=looks)
        if looks < LOOKS and not is_over(ticket):
            return ProviderError(
                "Retouch4me does not have it ready yet.",
                "not_ready",
                retry_after=LOOK_AGAIN,
            )
        return ProviderError(
            "Retouch4me does not have this job any more: results are kept there for "
            "24 hours.",
            "gone",
            permanent=True,
            hint="Retry gives it there anew, which costs another credit.",
        )

    def charged(self, ticket: Mapping[str, Any]) -> float | None:
        return 1.0 if "id" in ticket else None

    def inquire(self, account: Account) -> dict[str, Any]:
        calls = Calls(account)
        said: dict[str, Any] = {"limits": calls.limits()}
        balance = calls.balance()
        return said if balance is None else {**said, "balance": balance, "unit": UNIT}


def key_of(job: Job) -> str:
    """Return what makes a repetition known: a UUID, another for each paid attempt."""
    return str(uuid.uuid5(uuid.UUID(job.id), str(job.attempt)))


def is_over(ticket: Mapping[str, Any]) -> bool:
    """Say whether the provider has deleted the result by its own account."""
    expires = str(ticket.get("expires") or "9999-01-01T00:00:00+00:00")
    return datetime.fromisoformat(expires) < datetime.now(UTC)


def failed(reason: str) -> ProviderError:
    why = f": {reason}" if reason else ", and gives no reason."
    return ProviderError(
        f"Retouch4me could not do this{why}",
        "failed",
        permanent=True,
        hint="Try another picture or other plugins. Whether the credit comes back is "
        "up to Retouch4me.",
    )
