"""The room where one picture is looked at, beside what was made of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from imaging.middleware import SignedInRequest
from imaging.models import Gallery, GalleryItem, Image, Result, Task, User
from imaging.models.states import OPEN
from imaging.providers.base import ResultKind
from imaging.views.chosen import is_uuid
from imaging.views.offers import ordering

# What of a task's results is shown beside its picture.
TOLD = [ResultKind.REPORT, ResultKind.MATCHES, ResultKind.ASSET]
MODES = ("slider", "side", "blink", "difference")


@dataclass(frozen=True)
class Family:
    """An original and all that was made of it, as far as this person may see it."""

    members: dict[uuid.UUID, Image]
    root: uuid.UUID

    @classmethod
    def of(cls, pk: uuid.UUID, user: User) -> Family:
        """Find the family of one picture. Raises Http404."""
        mine = Image.objects.visible_to(user)
        found = mine.filter(pk=pk).select_related("parent").first()
        if found is None:
            raise Http404
        root = found.root_id
        made = Image.objects.filter(parent=root).values("pk")
        rows = mine.filter(Q(pk=root) | Q(parent=root) | Q(parent__in=made))
        rows = rows.filter(Q(layer=False) | Q(pk=pk))
        rows = rows.select_related("blob", "owner", "task", "team").with_downloads()
        changeable = Image.objects.changeable_by(user).filter(pk=OuterRef("pk"))
        rows = rows.with_heart(user).annotate(may_change=Exists(changeable))
        members = {one.pk: one for one in rows.order_by("created", "id")}
        if pk not in members:
            raise Http404
        return cls(members, root)

    @cached_property
    def original(self) -> Image:
        """Return the original; where it is gone, the oldest picture stands for it."""
        return self.members.get(self.root) or next(iter(self.members.values()))

    @cached_property
    def makers(self) -> set[str]:
        """Return who has made something of the original."""
        tasks = [one.task for one in self.members.values() if one.task]
        return {task.provider for task in tasks}

    @cached_property
    def variants(self) -> list[Image]:
        return [one for one in self.members.values() if one != self.original]

    def label(self, image: Image) -> str:
        """Name a picture by what it is to the others."""
        if image.pk == self.root:
            return _("Original")
        if image.layer or not image.task:
            return image.name
        if len(self.makers) == 1:
            return image.task.operation_label
        words = {"what": image.task.operation_label, "who": image.task.provider_label}
        return _("%(what)s by %(who)s") % words

    def other(self, image: Image, wanted: str) -> Image | None:
        """Return what to compare with: what was asked for, else what is natural."""
        asked = self.members.get(uuid.UUID(wanted)) if is_uuid(wanted) else None
        if asked and asked != image:
            return asked
        if image != self.original:
            return self.original
        return self.variants[-1] if self.variants else None


@dataclass(frozen=True)
class Choice:
    """One picture of a family, and where it is the one to compare, or compared with."""

    image: Image
    label: str
    as_before: str
    as_after: str


def choices(
    family: Family, before: Image, after: Image, hung: GalleryItem | None
) -> list[Choice]:
    """Return what may be put beside what; the picture it displaces changes sides."""
    wall = {"of": str(hung.gallery_id)} if hung else {}

    def address(first: Image, second: Image) -> str:
        query = {"with": str(first.pk), **wall}
        if second == family.original:
            query["as"] = "after"
        return f"{reverse('image', args=[second.pk])}?{urlencode(query)}"

    return [
        Choice(
            one,
            family.label(one),
            as_before=address(one, before if one == after else after),
            as_after=address(after if one == before else before, one),
        )
        for one in family.members.values()
    ]


@require_GET
def image(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one picture beside another of its family, and all that is known of both.

    `with` names the other one, `as` says whether this one is "before" or "after", `of`
    in which gallery the pictures beside it hang. The rest of the address (see
    static/js/address.js) is the script's; only `mode` is of use before that has run.
    """
    family = Family.of(pk, request.user)
    found = family.members[pk]
    other = family.other(found, request.GET.get("with", ""))
    place = request.GET.get("as", "")
    first = place == "before" or place != "after" and found == family.original
    before, after = (found, other) if first else (other, found)
    hung = place_of(found, family, request.GET.get("of", ""), request.user)
    newer, older = beside(hung) if hung else neighbours(family.original, request.user)
    mode = request.GET.get("mode")
    context = {
        "image": found,
        "other": other,
        "made_by": found.task or (other.task if other else None),
        "before": before,
        "from_original": bool(before and before.pk == family.root),
        "before_label": family.label(before) if before else "",
        "after": after,
        "after_label": family.label(after) if after else "",
        "other_label": family.label(other) if other else "",
        "parent": family.members.get(found.parent_id or found.pk),
        "original": family.original,
        "variants": family.variants,
        "choices": choices(family, before, after, hung) if before and after else [],
        "hung": hung,
        "newer": newer,
        "older": older,
        "mode": mode if mode in MODES else MODES[0],
        "may_change": found.may_change,  # type: ignore[attr-defined]
        **ordering(found.team, recipes=False),
        "layers": layers_of(found, other, request.user),
        **work_on(found, family.original),
    }
    return render(request, "image/page.html", context)


def work_on(*images: Image) -> dict[str, list[Task]]:
    """Return what is being done to pictures, and what gave more than pictures."""
    wanted = Q(results__kind__in=TOLD) | Q(state__in=OPEN)
    tasks = Task.objects.filter(wanted, image__in=images).with_keys()
    found = list(tasks.select_related("batch").order_by("created").distinct())
    return {
        "reports": [one for one in found if not one.is_open],
        "open_tasks": [one for one in found if one.is_open],
    }


def layers_of(one: Image, other: Image | None, user: User) -> QuerySet[Result]:
    """Return the layers that the work on either picture gave, in their order."""
    tasks = [image.task_id for image in (one, other) if image and image.task_id]
    mine = Image.objects.visible_to(user).filter(layer=True)
    rows = Result.objects.filter(task__in=tasks, image__in=mine)
    return rows.select_related("image__blob").order_by("task", "position")


def neighbours(original: Image, user: User) -> tuple[Image | None, Image | None]:
    """Return the next newer and the next older original of the same team."""
    team = Image.objects.visible_to(user).filter(team=original.team_id, parent=None)
    newer, older = team.since(original), team.newest(original)
    found = Image.objects.filter(first_of(newer) | first_of(older))
    place = (original.created, original.pk)
    sides = {(one.created, one.pk) > place: one for one in found}
    return sides.get(True), sides.get(False)


def first_of(rows: QuerySet[Any]) -> Q:
    """Find the first of these rows; with another one in a single query."""
    return Q(pk=Subquery(rows.values("pk")[:1]))


def place_of(
    image: Image, family: Family, gallery: str, user: User
) -> GalleryItem | None:
    """Return where in a gallery a picture hangs, else where one of its family does."""
    if not is_uuid(gallery):
        return None
    mine = Gallery.objects.visible_to(user).filter(pk=gallery)
    rows = GalleryItem.objects.shown().filter(
        gallery__in=mine, image__in=family.members
    )
    found = {item.image_id: item for item in rows.in_order().select_related("gallery")}
    return found.get(image.pk) or next(iter(found.values()), None)


def beside(item: GalleryItem) -> tuple[Image | None, Image | None]:
    """Return the pictures that hang before and behind one."""
    rows = item.gallery.items.shown()
    both = first_of(rows.ahead_of(item)) | first_of(rows.after(item))
    place = (item.position, item.pk)
    found = rows.filter(both).select_related("image")
    sides = {(one.position, one.pk) > place: one.image for one in found}
    return sides.get(False), sides.get(True)
