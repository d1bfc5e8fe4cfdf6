"""The client of the played laboratory: submit, poll and fetch over real HTTP."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from django import forms

from imaging.failures import OutcomeUnknown, ProviderError
from imaging.outgoing.door import Door, Reply
from imaging.providers.accounts import Account
from imaging.providers.base import (
    Facts,
    Job,
    Operation,
    OptionsForm,
    Output,
    Progress,
    Provider,
    ResultKind,
    Ticket,
    Verdict,
)


class DevelopOptions(OptionsForm):
    # What the vendor offers against paying twice: nothing, a key, or a list to ask.
    promise = forms.ChoiceField(
        choices=[(one, one) for one in ("none", "key", "list")], initial="key"
    )
    # How the played server shall behave for this job; see tests/lab.py.
    mode = forms.CharField(initial="ok", required=False)
    seconds = forms.FloatField(initial=0.5, min_value=0, max_value=600)


class Develop(Operation):
    key = "develop"
    label = "Develop"
    form = DevelopOptions

    def check(self, facts: Facts, options: Mapping[str, Any]) -> Verdict:
        if facts.width > 4000:
            reason = f"At most 4000 px wide; this is {facts.width}."
            return Verdict("blocked", reason, "4000 px", f"{facts.width} px")
        return Verdict()


class Client(Provider):
    key = "lab"
    label = "Laboratory"
    pace = float(os.environ.get("LAB_PACE", "0.5"))
    rate = 1_000.0
    job_id = "id"
    operations = (Develop(),)

    def door(self, account: Account) -> Door:
        return Door(os.environ["LAB_URL"], timeout=(2, 5), deadline=15)

    def submit(self, job: Job, ticket: Ticket) -> None:
        promise = job.options["promise"]
        ticket.once(
            "id",
            lambda: self.order(job),
            look_up=(lambda: self.find(job)) if promise == "list" else None,
            repeatable=promise == "key",
        )

    def order(self, job: Job) -> str:
        keyed = {"Idempotency-Key": job.key} if job.options["promise"] == "key" else {}
        with job.source() as path:
            reply = self.door(job.account).request(
                "POST",
                f"/jobs?name={job.key}&mode={job.options['mode']}"
                f"&seconds={job.options['seconds']}",
                data=path.read_bytes(),
                headers=keyed,
            )
        return str(answer(reply)["id"])

    def find(self, job: Job) -> str | None:
        reply = self.door(job.account).request("GET", f"/jobs?name={job.key}")
        found = answer(reply)["jobs"]
        return found[0] if found else None

    def poll(self, job: Job, ticket: Ticket) -> Progress:
        door = self.door(job.account)
        said = answer(door.request("GET", f"/jobs/{ticket['id']}"))
        if said["state"] == "failed":
            raise ProviderError(said["reason"], "failed", permanent=True)
        if said["state"] not in {"waiting", "running", "done"}:
            raise ProviderError(f"Unknown state {said['state']}.", "bad_answer")
        return Progress(said["state"] == "done", said.get("percent"))

    def fetch(self, job: Job, ticket: Ticket) -> list[Output]:
        path = job.scratch / "result"
        address = f"/jobs/{ticket['id']}/result"
        self.door(job.account).download(address, path, max_bytes=10_000_000)
        return [Output(ResultKind.IMAGE, f"developed {job.facts.name}", path)]

    def cancel(self, job: Job, ticket: Ticket) -> None:
        if "id" in ticket:
            address = f"/jobs/{ticket['id']}"
            self.door(job.account).request("DELETE", address, idempotent=True)


def answer(reply: Reply) -> dict[str, Any]:
    """Read a JSON answer; a refusal says why."""
    if reply.status >= 500 and not reply.repeatable:
        raise OutcomeUnknown("The laboratory fell over while it took the job.")
    reply.raise_for_outage()
    said = reply.record()
    if reply.status >= 400:
        hint = "Choose another picture, or ask the laboratory."
        raise ProviderError(said["message"], "refused", permanent=True, hint=hint)
    return said
