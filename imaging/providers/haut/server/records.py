"""What Haut.AI's hierarchy is here: company, dataset, subject, batch, image.

A company is a team; all below it are records, and each is found only within what the
address names above it. What is foreign is as absent as what never was.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from imaging.api.callers import Caller, NotAllowed, read_uuid
from imaging.api.serving import View
from imaging.models import Role, Subject, Team, User, VendorRecord
from imaging.models.records import VendorRecordQuerySet as Rows
from imaging.providers.haut.server.door import DOOR, server

# An image whose bytes never came is forgotten, and so is a batch without images.
AWAITED = {"image": timedelta(days=2), "batch": timedelta(days=30)}


def of(team: Team, kind: str, parent: VendorRecord | None = None) -> Rows:
    """Return a team's records of one kind, all or those that lie in one other."""
    rows = VendorRecord.objects.of(DOOR, kind).filter(team=team)
    return rows.filter(parent=parent.key) if parent else rows


def make(
    team: Team,
    kind: str,
    key: object = None,
    parent: VendorRecord | None = None,
    **data: Any,
) -> VendorRecord:
    """Make a record; what never came to anything is forgotten some day."""
    keep = AWAITED.get(kind)
    return VendorRecord.objects.create(
        provider=DOOR,
        kind=kind,
        team=team,
        key=str(key or uuid.uuid4()),
        parent=parent.key if parent else "",
        data=data,
        expires=timezone.now() + keep if keep else None,
    )


@transaction.atomic
def learn(row: VendorRecord, **facts: Any) -> None:
    """Remember more of a thing, and lose nothing that another request has learned."""
    held = VendorRecord.objects.select_for_update(no_key=True).filter(pk=row.pk)
    if known := held.first():
        row.data = known.data
        row.learn(**facts)


def number_of(user: User) -> int:
    """Return the whole number by which the vendor names people."""
    rows = VendorRecord.objects.of(DOOR, "user").filter(key=str(user.pk))
    if found := rows.order_by("number").first():
        return found.number
    mine: dict[str, Any] = {"provider": DOOR, "kind": "user", "key": str(user.pk)}
    return VendorRecord.objects.get_or_create(team=user.own_teams()[0], **mine)[
        0
    ].number


@dataclass
class Place:
    """What an address names, from the company down."""

    caller: Caller
    team: Team
    rows: dict[str, VendorRecord] = field(default_factory=dict)
    person: Subject | None = None

    @property
    def dataset(self) -> VendorRecord:
        return self.rows["dataset"]

    @property
    def subject(self) -> VendorRecord:
        return self.rows["subject"]

    @property
    def batch(self) -> VendorRecord:
        return self.rows["batch"]

    @property
    def image(self) -> VendorRecord:
        return self.rows["image"]

    def images(self) -> Rows:
        """Return the images of the batch, or else of all batches of the subject."""
        if batch := self.rows.get("batch"):
            return of(self.team, "image", batch)
        batches = of(self.team, "batch", self.subject)
        return of(self.team, "image").filter(parent__in=batches.values("key"))

    def enter(self, kind: str, key: object, parent: VendorRecord | None = None) -> None:
        """Go one level down. Raises NotAllowed where there is no such thing."""
        rows = of(self.team, kind, parent)
        found = rows.filter(key=str(read_uuid(key))).first()
        if found is None:
            raise NotAllowed(404, "not_found", "Not found.")
        self.rows[kind] = found
        if kind == "subject":
            self.enter_person()

    def enter_person(self) -> None:
        """Find whom a subject's record is about; who was deleted here is gone."""
        people = Subject.objects.filter(team=self.team)
        self.person = people.filter(pk=self.subject.key).first()
        if self.person is None:
            raise NotAllowed(404, "not_found", "Not found.")

    def make(
        self,
        kind: str,
        key: object = None,
        parent: VendorRecord | None = None,
        **data: Any,
    ) -> VendorRecord:
        """Make a record here that is its caller's, and go there."""
        data["owner"] = str(self.caller.user.pk)
        self.rows[kind] = make(self.team, kind, key, parent, **data)
        return self.rows[kind]

    def need_adding(self) -> None:
        """Raise NotAllowed to a viewer of the team."""
        self.caller.adding_team(str(self.team.pk))

    def need_change(self, *rows: VendorRecord) -> None:
        """Raise NotAllowed unless the caller may change all of these."""
        role = self.team.role_of(self.caller.user)
        own = all(one.data.get("owner") == str(self.caller.user.pk) for one in rows)
        if role in {Role.OWNER, Role.EDITOR} or (role == Role.CONTRIBUTOR and own):
            return
        raise NotAllowed(403, "forbidden", "This belongs to somebody else.")


def find(caller: Caller, path: Mapping[str, str]) -> Place:
    """Return what the parts of an address name. Raises NotAllowed."""
    place = Place(caller, caller.team(path["c"]))
    if d := path.get("d"):
        place.enter("dataset", d)
    if s := path.get("s"):
        place.enter("subject", s, place.dataset if d else None)
    if b := path.get("b"):
        place.enter("batch", b, place.subject if s else None)
        if not s:
            place.enter("subject", place.batch.parent)
    if i := path.get("i"):
        place.enter("image", i, place.batch)
    return place


def placed(scope: str) -> Callable[[View], View]:
    """Make a view of what is done with a place: `act(request, place)`."""

    def decorate(act: View) -> View:
        @server.operation(scope)
        @wraps(act)
        def view(request: HttpRequest, caller: Caller, **path: str) -> Any:
            return act(request, find(caller, path))

        return view

    return decorate
