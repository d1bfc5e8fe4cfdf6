"""Kokoon as a provider: upload, price, task, polling, result, and what is told it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from django.utils.translation import gettext_lazy as _

from imaging import pictures
from imaging.failures import OutcomeUnknown, ProviderError
from imaging.providers.accounts import Account, Credential
from imaging.providers.base import Job, Output, Progress, Provider, ResultKind, Ticket
from imaging.providers.kokoon import wire
from imaging.providers.kokoon.calls import Calls
from imaging.providers.kokoon.operation import LIMITS, UNIT, Upscale, wanted

log = logging.getLogger(__name__)
# A result that is done may show up a moment later; asked for so often.
LOOKS = 4
STEM_MOST = 80


class Client(Provider):
    key = "kokoon"
    label = _("Kokoon")
    summary = _("Super-resolution of photographs, animation and old material.")
    pace = 2.0
    deadline = 3_600.0
    retention_days = 14
    job_id = "tid"
    home = wire.HOME
    credentials = (
        Credential(
            "token", _("Token"), help=_("As it is, without “Bearer” before it.")
        ),
        Credential(
            "credit_pixels",
            _("Pixels for one credit"),
            secret=False,
            required=False,
            help=_("For estimates; 2073600 (1920 × 1080) when left empty."),
        ),
        Credential(
            "largest",
            _("Largest result"),
            secret=False,
            required=False,
            help=_("As width x height; 7680x4320 when left empty."),
        ),
        Credential(
            "download_route",
            _("Route of download-inc-count"),
            secret=False,
            required=False,
            help=_(
                "Kokoon does not publish it. “POST /image/{vid}/download-inc-count” "
                "when left empty, “off” to tell Kokoon of no download."
            ),
        ),
    )
    how_to_join = _(
        "Kokoon itself gives out tokens for its API: ask for one on kokoon.cloud."
    )
    operations = (Upscale(),)

    def pace_after(self, polls: int) -> float:
        """Ask after 2 seconds, each time half as much later, up to 15."""
        return float(min(self.pace * 1.5 ** min(polls, 10), 15.0))

    def submit(self, job: Job, ticket: Ticket) -> None:
        """Upload, ask for the price, begin the task; each only where it is not done."""
        calls = Calls(job.account)
        self._upload(calls, job, ticket)
        operation = Upscale().at(job.account)
        # What was priced is what is made, also when the account changes meanwhile.
        size = ticket.get("size") or operation.size(job.facts, job.options)
        asked = wanted(ticket["vid"], size, job.options)
        if "credit" not in ticket:
            credit = self._agreed(calls, operation, job, asked)
            ticket.learn(credit=credit, size=size, type=asked.task_type)
        created = ticket.once(
            "task",
            lambda: calls.create(asked),
            look_up=lambda: self._begun(calls, asked, ticket),
        )
        ticket.learn(**created)

    def _upload(self, calls: Calls, job: Job, ticket: Ticket) -> None:
        """Send the original once; after a lost answer look whether it is there."""
        name = f"{PurePath(job.facts.name).stem[:STEM_MOST]}-{job.key}.jpg"
        if "since" not in ticket:
            # Kokoon's clock may be another: a day earlier is early enough.
            since = datetime.now(UTC) - timedelta(days=1)
            ticket.learn(since=since.date().isoformat())

        def send() -> str:
            with LIMITS.fitted(job) as path:
                return calls.upload(path, name)

        try:
            look_up = partial(self._there, calls, job)
            ticket.once("vid", send, look_up=look_up, free=True)
        except OutcomeUnknown as lost:
            # An upload costs nothing, so that it may be made again.
            raise ProviderError(lost.message, "timeout") from lost

    def _there(self, calls: Calls, job: Job) -> str | None:
        """Look for an upload whose answer was lost; where nobody can say, it is not."""
        try:
            return calls.uploaded(job.key)
        except ProviderError as error:
            if not error.permanent:
                raise
            log.info("job %s: Kokoon lists no images: %s", job.id, error)
            return None

    def _agreed(
        self, calls: Calls, operation: Upscale, job: Job, asked: wire.Wanted
    ) -> float:
        """Return the price of a task; raise where it is more than was estimated."""
        if asked.task_type == wire.PREVIEW:
            return 0
        credit = calls.price(asked)
        about = operation.estimate(job.facts, job.options).cost
        if credit > about and not job.options.get("pay_more"):
            raise ProviderError(
                f"Kokoon asks {credit:g} credits for this picture; {about:g} were "
                "estimated. Nothing was paid.",
                "price",
                permanent=True,
                hint="Do it again and allow it to cost more, or correct the pixels for "
                "one credit in the account with Kokoon.",
            )
        return credit

    def _begun(
        self, calls: Calls, asked: wire.Wanted, ticket: Ticket
    ) -> dict[str, str] | None:
        """Look for a task whose answer was lost. Raises OutcomeUnknown."""
        try:
            found = calls.task_of(asked.vid, asked.task_type, ticket["since"])
        except ProviderError as error:
            if not error.permanent:
                raise
            raise OutcomeUnknown(
                "Kokoon may or may not have begun this task: its answer never came, "
                f"and it lists no tasks. {error.message}",
                permanent=True,
                hint="Look at your tasks at Kokoon, then retry or dismiss.",
            ) from error
        if found:
            return {"tid": found.tid, "out_vid": found.out_vid}
        if "sought" not in ticket:
            # One that was begun just now may show up in the list a moment later.
            ticket.learn(sought=True)
            raise ProviderError(
                "Kokoon is asked once more whether it has begun this task.", "looking"
            )
        return None

    def poll(self, job: Job, ticket: Ticket) -> Progress:
        """Ask for the task; once it is done, for the image that it made."""
        calls = Calls(job.account)
        task = calls.task(ticket["tid"])
        if task.step in wire.FAILED_STEPS:
            raise failed(task.message)
        if task.step != wire.DONE:
            return Progress(message=task.step)
        if job.options.get("preview"):
            return Progress(done=True)
        return Progress(done=self._is_there(calls, ticket))

    def _is_there(self, calls: Calls, ticket: Ticket) -> bool:
        """Say whether the result of a task that is done can be fetched."""
        try:
            image = calls.image(ticket["out_vid"])
        except ProviderError as error:
            if error.code != "not_found" or ticket.get("looks", 0) >= LOOKS:
                raise
            ticket.learn(looks=ticket.get("looks", 0) + 1)
            return False
        if image.state == wire.ERROR:
            raise failed("")
        return image.state == wire.COMPLETED

    def fetch(self, job: Job, ticket: Ticket) -> list[Output]:
        """Ask for the address just before it is used: it does not live long."""
        calls = Calls(job.account)
        if job.options.get("preview"):
            return self._previews(calls, job, ticket)
        image = calls.image(ticket["out_vid"])
        ticket.learn(expires=image.expires)
        path = job.scratch / "result"
        bring(calls, image.url, path)
        check_size(path, ticket["size"])
        return [output(job, path)]

    def _previews(self, calls: Calls, job: Job, ticket: Ticket) -> list[Output]:
        """Bring the part of the picture that a preview shows, after and before."""
        task = calls.task(ticket["tid"])
        after, before = job.scratch / "after", job.scratch / "before"
        bring(calls, task.after, after)
        outputs = [output(job, after)]
        if task.before:
            bring(calls, task.before, before)
            outputs.append(output(job, before, ResultKind.LAYER))
        return outputs

    def inquire(self, account: Account) -> dict[str, Any]:
        """Ask for the balance; a setting that makes no sense is no good account."""
        route_of(account)
        credit, point = Calls(account).balance()
        said = {"points": f"{point:g}", "takes": str(LIMITS)}
        return {"balance": credit, "unit": UNIT, **said}

    def charged(self, ticket: Mapping[str, Any]) -> float | None:
        return ticket.get("credit") if "tid" in ticket else None

    def counts_downloads(self, ticket: Mapping[str, Any]) -> bool:
        """Want to know of whole results: behind a preview there is no image."""
        return "out_vid" in ticket and ticket.get("type") == wire.FULL

    def downloaded(self, account: Account, ticket: Ticket, note: Ticket) -> int | None:
        """Count one download at Kokoon, by the route that the account names.

        Where an answer is lost, the number before it tells whether it was counted.
        """
        if not (route := route_of(account)):
            return None
        calls, vid = Calls(account), ticket["out_vid"]
        if "before" not in note:
            note.learn(before=calls.image(vid).downloads)

        def counted() -> int | None:
            now = calls.image(vid).downloads
            return now if now > note["before"] else None

        method, path = route
        said = note.once(
            "count",
            lambda: calls.downloaded(method, wire.route_path(path, vid)),
            look_up=counted,
        )
        return calls.image(vid).downloads if said is None else int(said)


def route_of(account: Account) -> tuple[str, str] | None:
    """Return method and path of download-inc-count; None where none is told."""
    try:
        return wire.read_route(account.values.get("download_route", ""))
    except ValueError as error:
        raise ProviderError(
            f"The route of download-inc-count cannot be used: {error}",
            "bad_route",
            permanent=True,
            hint="Correct it in the account with Kokoon.",
        ) from error


def bring(calls: Calls, url: str, to: Path) -> None:
    """Fetch one file of a result."""
    if not url:
        raise ProviderError("Kokoon names no address for the result yet.", "not_ready")
    calls.fetch(url, to, pictures.MAX_BYTES)


def check_size(path: Path, size: tuple[int, int]) -> None:
    """Refuse a file that is not what was asked for."""
    picture = pictures.inspect(path)
    if [picture.width, picture.height] == list(size):
        return
    raise ProviderError(
        f"Kokoon handed out a picture of {picture.width} × {picture.height} pixels; "
        f"{size[0]} × {size[1]} were asked for.",
        "bad_result",
    )


def output(job: Job, path: Path, kind: ResultKind = ResultKind.IMAGE) -> Output:
    """Name a file after the original, ending as its bytes are."""
    with path.open("rb") as file:
        form = pictures.known_format(file.read(pictures.HEAD))
    name = PurePath(job.facts.name).stem
    if kind == ResultKind.LAYER:
        name += "-before"
    return Output(kind, f"{name}{form.extension}", path)


def failed(message: str) -> ProviderError:
    """Say that Kokoon could not do it."""
    why = f": “{message[:300]}”" if message else ""
    return ProviderError(
        f"Kokoon could not do this picture{why}.",
        "failed",
        permanent=True,
        hint="Retry it, perhaps as another kind of content; look at the balance, since "
        "credits for what failed are Kokoon's to give back.",
    )
