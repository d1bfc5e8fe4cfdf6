"""The client of the played atelier: the laboratory, entered with a token, for money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from imaging.providers.lab.client import Client as Laboratory  # type: ignore
from imaging.providers.lab.client import Develop, DevelopOptions, answer

from imaging.outgoing.door import Door
from imaging.providers.accounts import Account, Credential
from imaging.providers.base import Estimate, Facts, Job, Ticket


class EtchOptions(DevelopOptions):
    price = forms.FloatField(initial=2, min_value=0)
    # What the vendor says in the end; left empty, it does not say.
    charge = forms.FloatField(required=False)


class Etch(Develop):
    key = "etch"
    label = "Etch"
    form = EtchOptions

    def estimate(self, facts: Facts, options: Mapping[str, Any]) -> Estimate:
        return Estimate(cost=float(options["price"]), unit="credits")


class Client(Laboratory):
    key = "atelier"
    label = "Atelier"
    home = "https://atelier.example"
    credentials = (
        Credential("token", "Token"),
        Credential("room", "Room", secret=False, required=False, help="Which room."),
    )
    how_to_join = "Write to the atelier for a token."
    retention_days = 3
    operations = (Etch(),)

    def door(self, account: Account) -> Door:
        return Door(
            account.url,
            headers={"Authorization": f"Bearer {account.values['token']}"},
            timeout=(2, 5),
            deadline=15,
            operator_set=account.operator_set,
        )

    def submit(self, job: Job, ticket: Ticket) -> None:
        super().submit(job, ticket)
        if job.options["charge"] is not None:
            ticket.learn(charged=job.options["charge"])

    def charged(self, ticket: Mapping[str, Any]) -> float | None:
        return ticket.get("charged")

    def inquire(self, account: Account) -> dict[str, Any]:
        return answer(self.door(account).request("GET", "/balance"))
