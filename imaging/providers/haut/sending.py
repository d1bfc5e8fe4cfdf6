"""The way of a set of pictures to Haut.AI: subject, records, bytes, then compute."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext as _

from imaging.failures import ProviderError
from imaging.providers.base import Job, Ticket
from imaging.providers.haut import places, wire
from imaging.providers.haut.api import Api
from imaging.providers.haut.paths import Where
from imaging.providers.haut.skin import LIMITS
from imaging.sealing import InvalidToken, seal, unseal


class Sending:
    """What one job sends: itself, and the others of its set.

    Each step is remembered as soon as it is done. Nothing is paid before the last,
    and that one does no harm when it is done again.
    """

    def __init__(self, api: Api, job: Job, ticket: Ticket) -> None:
        self.api, self.job, self.ticket = api, job, ticket

    def send(self, pictures: Sequence[tuple[str, Job]]) -> None:
        """Send these pictures as one batch, and have it computed."""
        self._find_subject()
        images = {}
        for number, (side, job) in enumerate(pictures):
            images[job.id] = self._picture(side, job)
            self.job.progress((number + 1) / (len(pictures) + 1))
        self._compute()
        self.ticket.learn(images=images, computing=True)

    def _find_subject(self) -> None:
        """Choose or make dataset and subject, once for this job."""
        if "subject" in self.ticket:
            return
        if self.job.person is None:
            raise ProviderError(
                _("Nobody has said who is in this picture."),
                "no_person",
                permanent=True,
            )
        dataset = places.dataset(self.api)
        subject = places.subject(self.api, dataset, self.job.person)
        self.ticket.learn(company=self.api.company, dataset=dataset, subject=subject)

    def _picture(self, side: str, job: Job) -> str:
        """Send one picture and return the vendor's id of it."""
        name = f"image_{side}"
        record = self.ticket.once(
            name,
            lambda: self._record(side, job),
            look_up=lambda: self._clear(job),
            free=True,
        )
        if "batch" not in self.ticket:
            self.ticket.learn(batch=record["batch"])
        if upload := record.get("upload"):
            self._bytes(name, job, upload)
            # The permission is of no more use, and nobody else's business.
            self.ticket.learn(**{name: {**record, "upload": None}})
        return str(record["id"])

    def _record(self, side: str, job: Job) -> dict[str, Any]:
        """Make the vendor's record of a picture, named by what tells nothing."""
        body = wire.dump_image(job.key, side, self.ticket.get("batch", ""))
        try:
            made = self.api.signed_upload(where_of(self.ticket), body)
            # Whoever reads the address may send there: nobody does, in a database.
            return {**made, "upload": seal(json.dumps(made["upload"]))}
        except ProviderError as error:
            if error.code == "not_found":
                raise self._start_over() from error
            raise

    def _start_over(self) -> ProviderError:
        """Forget a subject that was deleted there; the next try makes another."""
        where = where_of(self.ticket)
        if self.job.person:
            places.forget_subject(self.api, where.dataset, self.job.person)
        places.forget_dataset(self.api)
        for known in [one for one in self.ticket if not one.endswith(":intended")]:
            del self.ticket[known]
        self.ticket.learn()
        said = _("What was made for this person at Haut.AI was deleted there.")
        return ProviderError(said, "gone", retry_after=1)

    def _clear(self, job: Job) -> None:
        """Delete records whose answer never came: their permission to send is lost."""
        where = where_of(self.ticket)
        rows = self.api.subject_images(where, q=job.key, page_size="1000")
        for one in [one for one in rows if one.get("name") == job.key]:
            batch = str(one.get("image_batch_id") or self.ticket.get("batch", ""))
            if batch and one.get("id"):
                there = Where(where.company, where.dataset, where.subject, batch)
                self.api.delete_image(there, str(one["id"]))

    def _bytes(self, name: str, job: Job, sealed: str) -> None:
        try:
            upload = opened(sealed)
            job.scratch.mkdir(exist_ok=True)
            with LIMITS.fitted(job) as path:
                self.api.send(upload, path)
        except ProviderError as error:
            if error.code == "upload_refused":
                # That permission is void; the next try asks for another.
                self._drop(name)
            raise

    def _drop(self, name: str) -> None:
        record = self.ticket.pop(name)
        first = record["batch"] == self.ticket.get("batch") and not self._others()
        with suppress(ProviderError):
            self.api.delete_image(where_of(self.ticket, record["batch"]), record["id"])
        if first:
            self.ticket.pop("batch", None)
        self.ticket.pop(f"{name}:intended", None)
        self.ticket.learn()

    def _others(self) -> list[str]:
        return [
            one
            for one in self.ticket
            if one.startswith("image_") and not one.endswith(":intended")
        ]

    def _compute(self) -> None:
        where = where_of(self.ticket)
        try:
            self.api.compute(where)
        except ProviderError as error:
            if error.code == "image_not_uploaded":
                for name in self._others():
                    self._drop(name)
            raise


def opened(sealed: str) -> wire.Upload:
    """Return a permission that was kept; none where the keys are no longer ours."""
    try:
        return wire.read_upload(json.loads(unseal(sealed)))
    except InvalidToken as error:
        said = _("The permission to send this picture can no longer be read.")
        raise ProviderError(said, "upload_refused") from error


def where_of(ticket: Ticket, batch: str = "") -> Where:
    """Return the place that a ticket remembers."""
    return Where(
        str(ticket["company"]),
        str(ticket["dataset"]),
        str(ticket["subject"]),
        batch or str(ticket.get("batch", "")),
    )
