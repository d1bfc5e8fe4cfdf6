"""Haut.AI as a provider: pictures of a face out, a report and masks back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.failures import ProviderError
from imaging.providers.accounts import Account, Credential
from imaging.providers.base import Job, Output, Progress, Provider, Ticket
from imaging.providers.haut import wire
from imaging.providers.haut.api import Api
from imaging.providers.haut.collecting import Collecting
from imaging.providers.haut.sending import Sending, where_of
from imaging.providers.haut.sets import is_alone, set_of
from imaging.providers.haut.skin import SkinAnalysis, side_of

# Nothing says that all is computed: a report is whole when nothing new has come for
# so many seconds, unless the account says otherwise.
SETTLED = 4.0


class Client(Provider):
    key = "haut"
    label = "Haut.AI"
    summary = _("Skin analysis of faces, on Haut.AI's servers.")
    rate = 10.0
    job_id = "batch"
    home = wire.HOME
    credentials = (
        Credential(
            "token",
            _("Private token"),
            required=False,
            help=_("Made in Haut.AI's console. Or enter address and password instead."),
        ),
        Credential("email", _("Email address"), secret=False, required=False),
        Credential("password", _("Password"), required=False),
        Credential(
            "company",
            _("Company id"),
            secret=False,
            required=False,
            help=_("Needed with a private token; a login says it by itself."),
        ),
        Credential(
            "dataset",
            _("Dataset id"),
            secret=False,
            required=False,
            help=_("Empty: one named “Darkroom”, made when it is first needed."),
        ),
        Credential(
            "application",
            _("Application"),
            secret=False,
            required=False,
            help=_("What computes in a dataset of ours, such as face_skin_metrics_2.0"),
        ),
        Credential(
            "settle",
            _("Seconds without news until a report is whole"),
            secret=False,
            required=False,
        ),
    )
    how_to_join = _(
        "Haut.AI gives out accounts on request, at haut.ai. Its console shows the "
        "company's id and makes private tokens."
    )
    operations = (SkinAnalysis(),)

    def lacking(self, values: Mapping[str, str]) -> list[Credential]:
        """A token, or address and password; nothing else is needed."""
        named = {one.name: one for one in self.credentials}
        if values.get("token"):
            return []
        login = ("email", "password")
        if any(values.get(name) for name in login):
            return [named[name] for name in login if not values.get(name)]
        return [named["token"]]

    def pace_after(self, polls: int) -> float:
        """The documentation asks every 2 s, 45 times; what takes longer may wait."""
        return 2.0 if polls < 45 else 10.0

    def submit(self, job: Job, ticket: Ticket) -> list[Output] | None:
        """Send a picture with the others of its set; or leave that to the first one."""
        pictures = [(side_of(job.facts.name, job.options), job)]
        if not is_alone(job):
            together = set_of(job)
            if together.leader.job.id != job.id:
                ticket.learn(led_by=together.leader.job.id)
                return None
            pictures = together.sent_by(job)
        if not ticket.get("computing"):
            Sending(Api(job.account), job, ticket).send(pictures)
        return None

    def poll(self, job: Job, ticket: Ticket) -> Progress:
        """Ask for results; done when there are some, and no more have come of late."""
        if not self._is_sent(job, ticket):
            return Progress()
        image = ticket["images"][job.id]
        results = Api(job.account).results(where_of(ticket), image)
        marks = sorted(str(one.get("id") or one) for one in results)
        if not marks:
            return Progress()
        now = time.time()
        if ticket.get("marks") != marks:
            ticket.learn(marks=marks, since=now)
        # A clock that was set back says nothing of how long it has been quiet.
        quiet = abs(now - ticket["since"])
        return Progress(done=quiet >= settled(job.account))

    def _is_sent(self, job: Job, ticket: Ticket) -> bool:
        """Say whether the picture is there; one that is led learns it."""
        if "images" in ticket:
            return True
        first = next(
            (one for one in job.companions() if one.job.id == ticket["led_by"]), None
        )
        if first and first.job.attempt == 1:
            images = first.ticket.get("images", {})
            if job.id in images:
                names = ("company", "dataset", "subject", "batch", "images")
                ticket.learn(**{name: first.ticket[name] for name in names})
                return True
            if not (images or first.over):
                return False
        raise ProviderError(
            _t("The picture that leads this set could not be sent."),
            "not_led",
            permanent=True,
            hint=_t("Retry: this picture is then sent alone."),
        )

    def fetch(self, job: Job, ticket: Ticket) -> list[Output]:
        image = ticket["images"][job.id]
        return Collecting(Api(job.account), job, where_of(ticket), image).outputs()

    def cancel(self, job: Job, ticket: Ticket) -> None:
        """Delete what was sent: nobody wants it computed, and nobody else needs it."""
        if "led_by" in ticket:
            # The first of the set may have sent it, and nobody has asked yet.
            with suppress(ProviderError):
                self._is_sent(job, ticket)
        if "batch" not in ticket:
            return
        api, where = Api(job.account), where_of(ticket)
        if image := ticket.get("images", {}).get(job.id):
            api.delete_image(where, image)
        elif "led_by" not in ticket:
            api.delete_batch(where)

    def inquire(self, account: Account) -> dict[str, Any]:
        """Ask what this account may compute, and look whether its dataset exists."""
        api = Api(account)
        names = [str(one.get("tech_name") or "") for one in api.applications()]
        if named := account.values.get("dataset"):
            api.dataset(named)
        return {"applications": [one for one in names if one]}


def settled(account: Account) -> float:
    """Return how long no news makes a report whole."""
    try:
        return max(float(account.values.get("settle", SETTLED)), 0.0)
    except ValueError:
        return SETTLED
