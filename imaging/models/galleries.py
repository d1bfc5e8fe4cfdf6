"""Galleries: pictures of a team, collected, put in order, shown to others."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from django.db import models, transaction
from django.db.models import Exists, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.models.fields import UUIDModel
from imaging.models.images import Image
from imaging.models.imagesets import ON_TILES, in_hands_of
from imaging.models.numbers import Number
from imaging.models.orders import Refusal
from imaging.models.paging import NewestFirst, following
from imaging.models.people import Membership, Role, Team, User

# Between two neighbours there is room for twenty halvings before all are moved apart.
GAP = 1 << 20


class Visibility(models.TextChoices):
    TEAM = "team", _("Everybody in the team")
    PRIVATE = "private", _("Only me, and whom I name")


class Which(models.TextChoices):
    """Which pictures are delivered for what hangs in a gallery."""

    HUNG = "hung", _("As they hang")
    ORIGINAL = "original", _("The originals")
    CHOSEN = "chosen", _("The chosen ones")


class GalleryQuerySet(NewestFirst["Gallery"]):
    def visible_to(self, user: User) -> GalleryQuerySet:
        """Return the galleries of this person's teams; of private ones their own.

        Of other private ones those that name them. One whose maker has left is seen by
        the owners of its team.
        """
        keeper = Membership.objects.filter(
            team=OuterRef("team"), user=OuterRef("owner"), user__is_active=True
        )
        left = Q(~Exists(keeper), team__memberships__role=Role.OWNER)
        rows = Gallery.people.through._default_manager
        named = Exists(rows.filter(gallery=OuterRef("pk"), user=user))
        shown = Q(visibility=Visibility.TEAM) | Q(owner=user) | named | left
        return self.filter(Q(team__memberships__user=user) & shown)

    def changeable_by(self, user: User) -> GalleryQuerySet:
        """Return the galleries this person may fill, change, share and delete."""
        return self.visible_to(user).arranged_by(user)

    def arranged_by(self, user: User) -> GalleryQuerySet:
        """Return of galleries that this person sees those they may change, too."""
        # Whom a private one names sees it; its maker and the team's owners change it.
        owns = Membership.objects.filter(
            team=OuterRef("team"), user=user, role=Role.OWNER
        )
        free = Q(visibility=Visibility.TEAM) | Q(owner=user)
        return self.filter(in_hands_of(user)).filter(free | Exists(owns))

    def with_facts(self, most: int | None = None) -> GalleryQuerySet:
        """Add `size`, the pictures shown, and `front`, the one that stands for it.

        Nobody counts beyond one more than `most`, if that is given.
        """
        items = GalleryItem.objects.shown().filter(gallery=OuterRef("pk"))
        counted = items.values("pk")[: None if most is None else most + 1]
        first = items.in_order().values("image")[:1]
        chosen = items.filter(image=OuterRef("cover")).values("image")
        return self.annotate(
            size=Number(counted),
            chosen=Subquery(chosen, output_field=models.UUIDField()),
            first=Subquery(first, output_field=models.UUIDField()),
        )


class Gallery(UUIDModel):
    """A collection of one team's pictures; they stay where they are without it."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="galleries")
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(_("name"), max_length=150)
    description = models.TextField(_("description"), max_length=2_000, blank=True)
    cover = models.ForeignKey(
        Image, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    visibility = models.CharField(
        _("who sees it"),
        max_length=10,
        choices=Visibility,
        default=Visibility.TEAM,
    )
    # Who else sees it where it is private; only while they are in the team.
    people: models.ManyToManyField[User, models.Model] = models.ManyToManyField(
        User, blank=True, related_name="+"
    )
    created = models.DateTimeField(default=timezone.now)

    objects = GalleryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "galleries"
        indexes = [models.Index(fields=["team", "-created"], name="newest_galleries")]

    def __str__(self) -> str:
        return self.name

    @property
    def front(self) -> uuid.UUID | None:
        """Return the picture that stands for it (needs `with_facts`)."""
        return self.chosen or self.first  # type: ignore[attr-defined]

    def delivered(self, which: str = Which.HUNG) -> list[Image]:
        """Return what hangs here, in its order, with what is needed to hand it out.

        Of families where nothing was chosen, what hangs is delivered.
        """
        rows = self.items.shown().in_order().values_list("image", "image__parent")
        roots = {pk: parent or pk for pk, parent in rows}
        kept, instead = Image.objects.kept(), {}
        if which == Which.ORIGINAL:
            instead = roots
        elif which == Which.CHOSEN:
            mine = kept.filter(chosen=True, team=self.team_id)
            known = mine.annotate(root=Coalesce("parent", "pk"))
            chosen = dict(known.values_list("root", "pk"))
            instead = {pk: chosen[root] for pk, root in roots.items() if root in chosen}
        wanted = dict.fromkeys(instead.get(pk, pk) for pk in roots)
        found = kept.lean().in_bulk(wanted)
        return [found[pk] for pk in wanted if pk in found]

    def hold(self) -> bool:
        """Lock it in this transaction; False when it was deleted."""
        rows = Gallery.objects.select_for_update(no_key=True).filter(pk=self.pk)
        return bool(rows.values_list("pk", flat=True).first())

    @transaction.atomic
    def add(self, pks: Sequence[uuid.UUID], user: User) -> list[uuid.UUID]:
        """Hang pictures at the end, in this order; return those that were not there.

        Only pictures of the gallery's own team that this person may see.
        """
        if not self.hold():
            return []
        seen = Image.objects.visible_to(user).filter(team=self.team_id, pk__in=pks)
        # Their rows are held, so that none is deleted meanwhile.
        mine = Image.objects.filter(pk__in=list(seen.values_list("pk", flat=True)))
        found = set(mine.hold())
        found -= set(self.items.filter(image__in=found).values_list("image", flat=True))
        new = [pk for pk in dict.fromkeys(pks) if pk in found]
        last = self.items.aggregate(place=Max("position"), number=Max("number"))
        place, number = last["place"] or 0, last["number"] or 0
        GalleryItem.objects.bulk_create(
            GalleryItem(
                gallery=self,
                image_id=pk,
                position=place + GAP * at,
                number=number + at,
                added_by=user,
            )
            for at, pk in enumerate(new, 1)
        )
        if new:
            self._make_ready()
        return new

    @transaction.atomic
    def take_out(self, pks: Collection[uuid.UUID]) -> int:
        """Take pictures out; they stay in the library. Return how many were there."""
        self.hold()
        Gallery.objects.filter(pk=self.pk, cover__in=pks).update(cover=None)
        return self.items.filter(image__in=pks).delete()[0]

    @transaction.atomic
    def move(self, pks: Sequence[uuid.UUID], before: uuid.UUID | None = None) -> int:
        """Hang these, in this order, before another one of its pictures, or at the end.

        Returns how many were moved. Raises Refusal where there is no such place.
        """
        self.hold()
        here = {item.image_id: item for item in self.items.filter(image__in=pks)}
        moved = [here[pk] for pk in dict.fromkeys(pks) if pk in here]
        low, high = self._place(moved, before)
        if high is not None and high - low <= len(moved):
            self._spread()
            low, high = self._place(moved, before)
        step = GAP if high is None else (high - low) // (len(moved) + 1)
        for at, item in enumerate(moved, 1):
            item.position = low + step * at
        GalleryItem.objects.bulk_update(moved, ["position"], batch_size=500)
        return len(moved)

    @transaction.atomic
    def put_chosen(self, pks: Collection[uuid.UUID], user: User) -> int:
        """Hang in the place of each of these the one of its family that is chosen.

        Where that hangs already, what it stands for goes. Returns how many changed.
        """
        self.hold()
        hung = {item.image_id: item for item in self.items.in_order()}
        here = [pk for pk in hung if pk in set(pks)]
        seen = Image.objects.visible_to(user).filter(team=self.team_id)
        instead = seen.chosen_for(here)
        # Their rows are held, so that none is deleted meanwhile.
        there = set(Image.objects.filter(pk__in=instead.values()).hold())
        gone, changed = [], []
        for pk, chosen in instead.items():
            if chosen in hung:
                gone.append(pk)
            elif chosen in there:
                item = hung[chosen] = hung[pk]
                item.image_id = chosen
                changed.append(item)
            Gallery.objects.filter(pk=self.pk, cover=pk).update(cover=chosen)
        self.items.filter(image__in=gone).delete()
        GalleryItem.objects.bulk_update(changed, ["image"], batch_size=500)
        if changed:
            self._make_ready()
        return len(gone) + len(changed)

    def start(self, pks: Collection[uuid.UUID]) -> uuid.UUID | None:
        """Return what hangs first beside these; what is moved before it comes first."""
        rest = self.items.in_order().exclude(image__in=pks)
        return rest.values_list("image", flat=True).first()

    def at(self, place: int, pks: Collection[uuid.UUID]) -> uuid.UUID | None:
        """Return before what to move these, so that the first comes to this place.

        Places are counted from 1 among what is shown; None: the end.
        """
        rest = self.items.shown().in_order().exclude(image__in=pks)
        return rest.values_list("image", flat=True)[place - 1 : place].first()

    def hang_beside(self, image: Image, original: Image | None) -> None:
        """Hang a result right behind what it was made of, or else at the end.

        In a transaction in which this gallery is held.
        """
        there = None
        while original and not (there := self.items.filter(image=original).first()):
            original = original.parent
        behind = self.items.after(there) if there else self.items.none()
        follows = behind.values_list("image", flat=True).first()
        low, high = self._place([], follows)
        if high is not None and high - low < 2:
            self._spread()
            low, high = self._place([], follows)
        number = self.items.aggregate(last=Max("number"))["last"] or 0
        self.items.create(
            image=image,
            position=low + GAP if high is None else (low + high) // 2,
            number=number + 1,
            added_by=image.owner,
        )
        self._make_ready()

    def _make_ready(self) -> None:
        """Have what guests may take home of what hangs now made for each link."""
        for link in self.links.open():
            link.prepare()

    def _place(
        self, moved: Sequence[GalleryItem], before: uuid.UUID | None
    ) -> tuple[int, int | None]:
        """Return the positions between which `moved` shall hang; None: at the end."""
        rest = self.items.exclude(pk__in=[item.pk for item in moved])
        if before is None:
            return rest.aggregate(last=Max("position"))["last"] or 0, None
        goal = rest.filter(image=before).first()
        if goal is None:
            raise Refusal(_t("There is no such place in this gallery."))
        above = rest.filter(position__lt=goal.position).aggregate(last=Max("position"))
        if above["last"] is None:
            return goal.position - GAP * (len(moved) + 1), goal.position
        return above["last"], goal.position

    def _spread(self) -> None:
        """Move all apart again, in the order that they have."""
        items = list(self.items.in_order())
        for at, item in enumerate(items, 1):
            item.position = GAP * at
        GalleryItem.objects.bulk_update(items, ["position"], batch_size=500)

    def erase(self) -> None:
        """Delete it; its pictures stay, its share links open nothing from now on."""
        with transaction.atomic():
            self.hold()
            self.links.filter(revoked=None).update(revoked=timezone.now())
            self.delete()


class GalleryItemQuerySet(models.QuerySet["GalleryItem"]):
    def shown(self) -> GalleryItemQuerySet:
        """Leave out what lies in the trash."""
        return self.filter(image__trashed=None)

    def as_tiles(self) -> GalleryItemQuerySet:
        """Return them with what hangs on a wall; sixty whole rows take their time."""
        read = [f"image__{name}" for name in ON_TILES]
        return self.select_related("image__blob", "image__task").only("gallery", *read)

    def in_order(self) -> GalleryItemQuerySet:
        return self.order_by("position", "id")

    def after(self, item: GalleryItem | None) -> GalleryItemQuerySet:
        """Return what hangs behind `item`, the nearest first."""
        return following(self, (item.position, item.pk) if item else None, "position")

    def ahead_of(self, item: GalleryItem) -> GalleryItemQuerySet:
        """Return what hangs before `item`, the nearest first."""
        return following(self, (item.position, item.pk), "-position")


class GalleryItem(UUIDModel):
    """One picture in one gallery."""

    gallery = models.ForeignKey(Gallery, models.CASCADE, related_name="items")
    image = models.ForeignKey(Image, models.CASCADE, related_name="gallery_items")
    # With gaps between, so that most moves change the moved rows alone.
    position = models.BigIntegerField()
    # What guests call it by: it stays when others come, go or are moved.
    number = models.PositiveIntegerField()
    added_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    added = models.DateTimeField(default=timezone.now)

    objects = GalleryItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gallery", "image"], name="once_in_a_gallery"
            )
        ]
        indexes = [
            models.Index(fields=["gallery", "position", "id"], name="hung_in_order")
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.gallery_id}"
