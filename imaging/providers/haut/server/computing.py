"""Compute: what was uploaded is judged, stored, and analysed as one order."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from imaging import pictures
from imaging.api.serving import order_of, via
from imaging.models import (
    Image,
    Order,
    ProviderControl,
    Scope,
    Task,
    Upload,
    VendorRecord,
)
from imaging.models.uploads import Incomplete
from imaging.providers.haut import wire
from imaging.providers.haut.server import dictionary
from imaging.providers.haut.server.door import DOOR, Invalid, read_body
from imaging.providers.haut.server.images import enter_dataset, need_consent
from imaging.providers.haut.server.records import Place, learn, placed

OPERATION = "skin-analysis"
FORMATS = {"jpeg", "png", "webp"}
LOW, UNSUPPORTED = "Image resolution is too low", "Unsupported image format"
PROBLEMS = {"too_small": LOW, "unknown_format": UNSUPPORTED, "damaged": UNSUPPORTED}
# By then an analysis has begun.
BEGUN = timedelta(minutes=5)
SENT = "Stated by a program, which sent a photograph for analysis with the token {}."


@placed(Scope.PROCESS)
def compute(request: HttpRequest, place: Place) -> HttpResponse:
    """Begin the analysis of a batch; again, it does nothing."""
    enter_dataset(place)
    place.need_change(place.batch, *place.images())
    read_body(request)
    if not place.batch.data.get("computed"):
        Computing(request, place).begin()
    return HttpResponse(status=204)


class Computing:
    """The beginning of one batch. Each step can be done again after a crash."""

    def __init__(self, request: HttpRequest, place: Place) -> None:
        self.request, self.place = request, place
        self.rows = list(place.images())

    def begin(self) -> None:
        need_consent(self.place)
        uploads = self.uploads()
        order, way = self.order(), via(self.request, DOOR, keep_days=self.days())
        ProviderControl.objects.check_open(order.provider)
        images = [self.judge(row, uploads[row.key]) for row in self.rows]
        tasks: dict[str, str] = {}
        if taken := [one for one in images if one]:
            # What cannot begin leaves no consent behind.
            order.verdicts(taken)
            self.note_consent()
            batch = Task.objects.start(
                taken,
                order,
                team=self.place.team,
                user=self.place.caller.user,
                subject=self.place.person,
                key=uuid.UUID(self.place.batch.key),
                via=way,
            )
            made = batch.tasks.values_list("image_id", "pk")
            tasks = {str(image): str(task) for image, task in made}
        for row in self.rows:
            self.settle(row, task=tasks.get(row.key, ""))
        self.settle(self.place.batch)

    def uploads(self) -> dict[str, Upload]:
        """Return the bytes of every image. Raises Invalid where some are missing."""
        pks = [row.key for row in self.rows]
        found = Upload.objects.filter(pk__in=pks).select_related("team", "user")
        here = {str(one.pk): one for one in found if has_come(one)}
        if not self.rows or any(pk not in here for pk in pks):
            raise missing()
        return here

    def order(self) -> Order:
        """Return what is to be done; by Haut.AI itself, seen from which side."""
        sides = [dictionary.SIDES[row.data["side"]] for row in self.rows]
        theirs = {"side": sides[0] if len(sides) == 1 else "name"}
        wanted: dict[str, dict[str, Any]] = {DOOR: theirs, "": {}}
        return order_of(self.place.team, DOOR, OPERATION, wanted)

    def days(self) -> int | None:
        kept: int | None = self.place.dataset.data["expire_metadata_after_days"]
        return kept

    def judge(self, row: VendorRecord, upload: Upload) -> Image | None:
        """Store what was uploaded; None, with the reason noted, if it is no use."""
        problem, image = "", None
        try:
            if upload.state == Upload.State.REFUSED:
                problem = row.data.get("problem") or upload.reason
            else:
                image = upload.complete(**self.keeping())
        except (Incomplete, Upload.DoesNotExist):
            image = judged(upload)
        except pictures.Refused as refused:
            problem = PROBLEMS.get(refused.code, refused.message)
        if problem := problem or (problem_of(image) if image else ""):
            learn(row, problem=problem)
        return None if problem else image

    def keeping(self) -> dict[str, Any]:
        """Say how long the file is kept, by the dataset or the team, whichever ends."""
        data, now = self.place.dataset.data, timezone.now()
        if data["clean_images_as_soon_as_ready"]:
            # What is worked on is not cleaned away, so this is when that has ended.
            return {"expires": now + BEGUN}
        days = [data["expire_images_after_days"], self.place.team.retention_days]
        known = [one for one in days if one]
        return {"expires": now + timedelta(days=min(known))} if known else {}

    def settle(self, row: VendorRecord, **facts: Any) -> None:
        """Keep a record from now on: as long as the dataset says, or for good."""
        days = self.days()
        row.expires = timezone.now() + timedelta(days=days) if days else None
        learn(row, computed=True, **facts)

    def note_consent(self) -> None:
        """Write down on whose word this person is measured, where nobody has yet."""
        person = self.place.person
        if person and person.consented is None:
            caller = self.place.caller
            person.record_consent(caller.user, SENT.format(caller.token))


def judged(upload: Upload) -> Image | None:
    """Return what another request has made of a file this moment; None if no use.

    Raises Invalid where it has made nothing: another file is taking its place.
    """
    upload.refresh_from_db()
    if upload.state == Upload.State.REFUSED:
        return None
    image = Image.objects.select_related("blob").filter(pk=upload.pk).first()
    if image is None:
        raise missing()
    return image


def missing() -> Invalid:
    said = "Not every image of this batch was uploaded."
    return Invalid("image_not_uploaded", said)


def has_come(upload: Upload) -> bool:
    """Say whether the bytes are here, or have been judged."""
    if upload.state == Upload.State.PENDING:
        return bool(upload.whole) and upload.expires > timezone.now()
    return upload.state != Upload.State.CANCELLED


def problem_of(image: Image) -> str:
    """Return why a picture that is stored cannot be analysed here."""
    if image.blob.format not in FORMATS:
        return UNSUPPORTED
    if min(image.blob.width, image.blob.height) < wire.MIN_SIDE:
        return LOW
    return ""
