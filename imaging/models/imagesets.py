"""Sets of images: who sees and may change them, their order on pages, the trash."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connections, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan
from django.utils import timezone

from imaging.models.fields import fold
from imaging.models.paging import NewestFirst, following
from imaging.models.people import Role, User
from imaging.models.periods import CONDEMNED, Period
from imaging.models.states import OPEN

if TYPE_CHECKING:
    from imaging.models.images import Image
    from imaging.models.tasksets import TaskQuerySet


# What a tile says of its picture: `as_tiles` reads this and no more.
ON_TILES = ["name", "label", "parent", "chosen", "blob__width", "blob__height"]
ON_TILES += ["blob__placeholder", "task__provider", "task__operation"]


def in_hands_of(user: User, owner: str = "owner") -> Q:
    """Select rows, each of a team and an owner, that this person may change."""
    member = Q(team__memberships__user=user)
    free = Q(team__memberships__role__in=[Role.OWNER, Role.EDITOR])
    own = Q(team__memberships__role=Role.CONTRIBUTOR, **{owner: user})
    return member & free | member & own


@dataclass(frozen=True)
class Trashing:
    """One act of trashing: its moment, what was moved, and how many stayed and why."""

    moment: datetime
    moved: list[uuid.UUID] = field(default_factory=list)
    busy: int = 0
    shared: int = 0


class ImageQuerySet(NewestFirst["Image"]):
    def kept(self) -> ImageQuerySet:
        """Return what is not in the trash."""
        return self.filter(trashed=None)

    def visible_to(self, user: User) -> ImageQuerySet:
        """Return the images of this person's teams."""
        return self.kept().filter(team__memberships__user=user)

    def changeable_by(self, user: User) -> ImageQuerySet:
        """Return the images this person may process, label or trash."""
        return self.kept().filter(in_hands_of(user))

    def lean(self) -> ImageQuerySet:
        """Return them with what is needed of their blobs to hand out thousands."""
        heavy = ("blob__descriptor", "blob__placeholder", "blob__renditions")
        return self.select_related("blob").defer(*heavy)

    def as_tiles(self) -> ImageQuerySet:
        """Return them with what hangs on a wall; sixty whole rows take their time."""
        return self.select_related("blob", "task").only(*ON_TILES)

    def whole(self) -> ImageQuerySet:
        """Leave out layers and masks, which are shown beside their result."""
        return self.filter(layer=False)

    def with_downloads(self) -> ImageQuerySet:
        """Add `downloads_counted`, a query over the one table of downloads."""
        return self.annotate(downloads_counted=Count("downloads"))

    def since(self, image: Image) -> ImageQuerySet:
        """Return what comes before `image` on a page, the nearest first."""
        return following(self, (image.created, image.pk), "created")

    def named(self, text: str) -> ImageQuerySet:
        """Return images whose names contain every word, whatever its case or accents.

        SQLite compares them all, and not by `contains`, which it does letter by letter
        in both cases; PostgreSQL has an index for that. The longest word is in the
        fewest names: the others are looked for in those alone.
        """
        rows, indexed = self, connections[self.db].vendor == "postgresql"
        for word in sorted(fold(text).split(), key=len, reverse=True):
            place = GreaterThan(StrIndex("folded", Value(word)), 0)
            rows = rows.filter(Q(folded__contains=word) if indexed else place)
        return rows

    def downloaded(self, *, ever: bool = True) -> ImageQuerySet:
        """Return what was downloaded; with `ever` false, what never was."""
        from imaging.models.downloads import Download

        taken = Exists(Download.objects.filter(image=OuterRef("pk")))
        return self.filter(taken if ever else ~taken)

    def with_heart(self, user: User) -> ImageQuerySet:
        """Add `loved`: whether this person has given it a heart."""
        hearts = user.favourites.filter(image=OuterRef("pk"))
        return self.annotate(loved=Exists(hearts))

    def loved_by(self, user: User) -> ImageQuerySet:
        """Return what this person has given a heart."""
        hearts = user.favourites.filter(image=OuterRef("pk"))
        return self.filter(Exists(hearts))

    def touched_by(self, tasks: TaskQuerySet) -> ImageQuerySet:
        """Return what these tasks work on, and what they have made."""
        on_it = Exists(tasks.filter(image=OuterRef("pk")))
        return self.filter(on_it | Exists(tasks.filter(pk=OuterRef("task"))))

    def expired(self) -> ImageQuerySet:
        return self.filter(expires__lte=timezone.now())

    def idle(self) -> ImageQuerySet:
        """Leave out what a task still works on: it would be paid for and lost."""
        return self.exclude(tasks__state__in=OPEN)

    def in_trash(self) -> ImageQuerySet:
        """Return what can still be taken back."""
        return self.filter(trashed__gt=Period.objects.early("trash"))

    def over(self) -> ImageQuerySet:
        """Return what has been in the trash for so long that it may go for good."""
        return self.filter(trashed__lte=Period.objects.early("trash"))

    def trash_of(self, user: User) -> ImageQuerySet:
        """Return what lies in the trash of this person's teams."""
        return self.in_trash().filter(team__memberships__user=user)

    def restorable_by(self, user: User) -> ImageQuerySet:
        """Return what this person may take back, or delete for good."""
        return self.in_trash().filter(in_hands_of(user))

    def by_itself(self) -> ImageQuerySet:
        """Leave out results that went to the trash along with their original."""
        return self.exclude(parent__trashed=F("trashed"))

    @transaction.atomic
    def trash(self, pks: Collection[uuid.UUID], user: User) -> Trashing:
        """Move images to the trash, each with its results and what was made of those.

        What is being worked on stays, and so does an original of whose results this
        person may not change every one.
        """
        rows = self.model.objects.kept()
        mine = rows.changeable_by(user)
        asked = set(mine.filter(pk__in=pks).values_list("pk", flat=True))
        parents = rows.made_of(asked)
        family = rows.filter(pk__in=asked | parents.keys())
        busy = family.filter(tasks__state__in=OPEN).values_list("pk", flat=True)
        working = asked & lineage(busy, parents)
        own = set(mine.filter(pk__in=parents).values_list("pk", flat=True))
        shared = asked & lineage(parents.keys() - own, parents) - working
        free = asked - working - shared
        moved = [pk for pk in family.hold() if pk in free]
        done = Trashing(timezone.now(), moved, len(working), len(shared))
        going = {"trashed": done.moment, "trashed_by": user}
        # One generation after the other: what joins them meanwhile is seen, too.
        while moved:
            self.model.objects.filter(pk__in=moved).update(**going)
            moved = list(rows.filter(parent__in=moved).values_list("pk", flat=True))
        return done

    def hold(self) -> list[uuid.UUID]:
        """Hold these rows in one order, in which no two wait for each other."""
        held = self.order_by("pk").select_for_update(no_key=True)
        return list(held.values_list("pk", flat=True))

    def made_of(self, pks: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
        """Return what of these was made of `pks`, and of that, each with its parent."""
        found: dict[uuid.UUID, uuid.UUID] = {}
        level: Collection[uuid.UUID] = pks
        while level:
            rows = self.filter(parent__in=level).values_list("pk", "parent")
            made = {pk: parent for pk, parent in rows if parent}
            level = made.keys() - found.keys()
            found |= made
        return found

    def roots(self, pks: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
        """Return for each of these the original of its family; itself, if it is one."""
        above: dict[uuid.UUID, uuid.UUID | None] = {}
        level = set(pks)
        while level:
            rows = self.model.objects.filter(pk__in=level)
            above |= dict(rows.values_list("pk", "parent"))
            parents = {above.get(pk) for pk in level}
            level = {pk for pk in parents if pk and pk not in above}
        found = {}
        for pk in pks:
            root, over = pk, above.get(pk)
            while over in above:
                root, over = over, above[over]
            found[pk] = root
        return found

    def chosen_for(self, pks: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
        """Return instead of which of these which one of its family is chosen."""
        roots = self.roots(pks)
        family = set(roots.values())
        family |= self.model.objects.made_of(family).keys()
        chosen = self.filter(pk__in=family, chosen=True).values_list("pk", flat=True)
        by_root = {root: pk for pk, root in self.roots(list(chosen)).items()}
        found = {pk: by_root.get(root, pk) for pk, root in roots.items()}
        return {pk: one for pk, one in found.items() if pk != one}

    @transaction.atomic
    def restore(self) -> int:
        """Take these out of the trash, with the results that went there with them.

        A result is never shown while its original is in the trash, so it brings that
        back, too. Returns how many of these were restored.
        """
        count, pks = self._with_company()
        in_trash, above = self.model.objects.filter(trashed__isnull=False), pks
        while above:
            found = in_trash.filter(variants__in=above).values_list("pk", flat=True)
            above = set(found) - pks
            pks |= above
        rows = self.model.objects.filter(pk__in=pks)
        rows.hold()
        rows.update(trashed=None, trashed_by=None)
        return count

    @transaction.atomic
    def condemn(self) -> list[uuid.UUID]:
        """Let the time of these in the trash be over, and of what went with them."""
        _count, pks = self._with_company()
        long_ago = timezone.now() - CONDEMNED
        rows = self.model.objects.filter(pk__in=pks)
        rows.hold()
        rows.update(trashed=long_ago)
        return list(pks)

    def _with_company(self) -> tuple[int, set[uuid.UUID]]:
        """Count these; return their ids and those of what was trashed with them."""
        pks = set(self.values_list("pk", flat=True))
        along = self.model.objects.filter(trashed=F("parent__trashed"))
        return len(pks), pks | along.made_of(pks).keys()


def lineage(
    pks: Iterable[uuid.UUID], parents: Mapping[uuid.UUID, uuid.UUID]
) -> set[uuid.UUID]:
    """Return these, and what they were made of, as far back as `parents` tells."""
    found: set[uuid.UUID] = set()
    for pk in pks:
        at: uuid.UUID | None = pk
        while at and at not in found:
            found.add(at)
            at = parents.get(at)
    return found
