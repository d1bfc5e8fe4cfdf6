"""What guests of a share link leave behind: their picks, and pictures of their own."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging import pictures
from imaging.models.fields import UUIDModel
from imaging.models.galleries import Gallery
from imaging.models.images import Image
from imaging.models.notices import Notice
from imaging.models.paging import NewestFirst
from imaging.models.people import User
from imaging.models.shares import ShareLink

# So many guests of one link may pick: whoever leaves no cookies is a new one each time.
MOST_LISTS = 500
# What nobody has sent or changed for so long makes room for others.
FORGOTTEN = timedelta(days=7)
# So many pictures of guests may wait behind one link until somebody looks at them.
MOST_WAITING = 500


class PickListQuerySet(NewestFirst["PickList"]):
    by = "sent"

    def sent(self) -> PickListQuerySet:
        """Leave out what guests have not sent yet: that is theirs alone."""
        return self.filter(sent__isnull=False)

    def visible_to(self, user: User) -> PickListQuerySet:
        """Return what was sent through links of the galleries that this person sees."""
        return self.sent().filter(link__gallery__in=Gallery.objects.visible_to(user))

    def with_count(self) -> PickListQuerySet:
        """Add `count`, how many picked pictures still hang there."""
        hung = Q(
            picks__image__trashed=None,
            picks__image__gallery_items__gallery=F("link__gallery"),
        )
        return self.annotate(count=Count("picks", filter=hung, distinct=True))

    def of(self, link: ShareLink, guest: str) -> PickList | None:
        """Return what this guest of this link has picked; None before the first."""
        return self.filter(link=link, guest=guest).first() if guest else None

    def obtain(self, link: ShareLink, guest: str) -> PickList | None:
        """Return this guest's list, a new one if need be; None when there are too many.

        The link's row is held, so that not more are made at the same time.
        """
        if found := self.of(link, guest):
            return found
        with transaction.atomic():
            rows = ShareLink.objects.select_for_update(no_key=True)
            rows.filter(pk=link.pk).values_list("pk").first()
            mine = self.filter(link=link)
            if mine.count() >= MOST_LISTS:
                mine.filter(sent=None, changed__lt=timezone.now() - FORGOTTEN).delete()
            if mine.count() >= MOST_LISTS:
                return self.of(link, guest)
            return self.get_or_create(link=link, guest=guest)[0]


class PickList(UUIDModel):
    """What one guest of one link has picked; sent as often as they change it."""

    link = models.ForeignKey(ShareLink, models.CASCADE, related_name="pick_lists")
    # The guest's browser, as downloads know it.
    guest = models.CharField(max_length=80)
    name = models.CharField(_("your name"), max_length=150, blank=True)
    note = models.TextField(_("note"), max_length=2_000, blank=True)
    changed = models.DateTimeField(default=timezone.now)
    # Null: the guest is still choosing, and nobody is told.
    sent = models.DateTimeField(null=True, blank=True)

    objects = PickListQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["link", "guest"], name="one_list_each")
        ]

    def __str__(self) -> str:
        return self.name or str(_("A guest"))

    @property
    def is_news(self) -> bool:
        """Say whether it was changed since it was sent."""
        return self.sent is None or self.changed > self.sent

    def shown(self) -> Any:
        """Return what is picked and still hangs there, as it hangs."""
        return self.link.shown().filter(image__picks__list=self)

    @transaction.atomic
    def mark(self, image: uuid.UUID, *, picked: bool) -> bool:
        """Pick a picture, or no longer; False when that was so already."""
        held = PickList.objects.select_for_update(no_key=True).filter(pk=self.pk)
        held.values_list("pk").first()
        if picked:
            changed = self.picks.get_or_create(image_id=image)[1]
        else:
            changed = bool(self.picks.filter(image=image).delete()[0])
        if changed:
            held.update(changed=timezone.now())
        return changed

    @transaction.atomic
    def send(self, name: str, note: str) -> bool:
        """Send it to those who made the link; False when they have it just so."""
        rows = PickList.objects.select_for_update(no_key=True)
        held = rows.get(pk=self.pk)
        same = (held.name, held.note) == (name, note)
        if same and not held.is_news:
            return False
        now = timezone.now()
        rows.filter(pk=self.pk).update(name=name, note=note, changed=now, sent=now)
        self.refresh_from_db()
        if gallery := self.link.gallery_id:
            path = f"{reverse('picks', args=[gallery])}?list={self.pk}"
            Notice.objects.tell_picks(self, path)
        return True


class PickQuerySet(models.QuerySet["Pick"]):
    def shown(self) -> PickQuerySet:
        """Leave out what was trashed, or taken out of the gallery, since."""
        hung = F("list__link__gallery")
        return self.filter(image__trashed=None, image__gallery_items__gallery=hung)

    def in_order(self) -> PickQuerySet:
        """Return them as their pictures hang, each with its `number` there."""
        place = "image__gallery_items__position"
        rows = self.annotate(number=F("image__gallery_items__number"))
        return rows.order_by(place, "image__gallery_items__id")


class Pick(UUIDModel):
    """One picture that a guest has picked."""

    list = models.ForeignKey(PickList, models.CASCADE, related_name="picks")
    image = models.ForeignKey(Image, models.CASCADE, related_name="picks")
    at = models.DateTimeField(default=timezone.now)
    # What its picture is called by in the gallery; of those that are `in_order`.
    number: int

    objects = PickQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "image"], name="picked_once")
        ]

    def __str__(self) -> str:
        return f"{self.image_id} in {self.list_id}"


class GuestUploadManager(models.Manager["GuestUpload"]):
    def store(
        self, link: ShareLink, guest: str, path: Path, *, by: str = "", **file: Any
    ) -> GuestUpload:
        """Store what a guest has sent, as a picture of the link's team.

        `file` is its name and digest, `by` the guest's name. Raises pictures.Refused,
        also where the link is over by now, or has enough.
        """
        made: list[GuestUpload] = []

        def hold(image: Image) -> None:
            self._check_room(link)
            made.append(self.create(link=link, guest=guest, name=by, image=image))
            there = reverse("guest_uploads", args=[link.gallery_id])
            Notice.objects.tell_uploads(link, there)

        owner = link.made_by or (link.gallery.owner if link.gallery else None)
        Image.objects.store(path, team=link.team, owner=owner, along=hold, **file)
        return made[-1]

    def _check_room(self, link: ShareLink) -> None:
        """Raise pictures.Refused where the link takes no more; its row is held."""
        rows = ShareLink.objects.select_for_update(no_key=True)
        held = rows.get(pk=link.pk)
        if held.state != "open" or not held.uploads:
            said = _t("This link takes no pictures any more.")
            raise pictures.Refused("link_over", said, status=410)
        self.check_number(link)

    def check_number(self, link: ShareLink) -> None:
        """Raise pictures.Refused where so many wait that no more can."""
        waiting = self.filter(link=link, approved=None, image__trashed=None).count()
        if waiting >= MOST_WAITING:
            said = _t(
                "%(waiting)d pictures of guests wait here already; at most %(most)d "
                "can. Ask whoever sent you the link to look through them."
            )
            raise pictures.Refused(
                "too_many_pictures",
                said % {"waiting": waiting, "most": MOST_WAITING},
                limit=MOST_WAITING,
                measured=waiting,
                status=409,
            )

    def seen_by(self, link: ShareLink, guest: str) -> models.QuerySet[GuestUpload]:
        """Return what this guest has added, the newest first."""
        mine = self.filter(link=link, guest=guest, image__trashed=None)
        rows = mine if guest else mine.none()
        return rows.select_related("image__blob").order_by("-at", "-id")

    def waiting(self, gallery: Gallery) -> models.QuerySet[GuestUpload]:
        """Return what waits for a gallery, what came first first."""
        rows = self.filter(link__gallery=gallery, approved=None, image__trashed=None)
        return rows.select_related("image__blob", "link").order_by("at", "id")

    @transaction.atomic
    def approve(
        self, gallery: Gallery, pks: Collection[uuid.UUID], user: User
    ) -> list[uuid.UUID]:
        """Hang what waits; return the pictures that nobody had approved before."""
        if not gallery.hold():
            return []
        held = self.waiting(gallery).filter(pk__in=pks)
        images = {
            one.pk: one.image_id
            for one in held.select_for_update(no_key=True, of=["self"])
        }
        self.filter(pk__in=images).update(approved=timezone.now(), approved_by=user)
        gallery.add(list(images.values()), user)
        return list(images.values())


class GuestUpload(UUIDModel):
    """A picture that a guest added; it hangs in the gallery once it is approved."""

    link = models.ForeignKey(ShareLink, models.CASCADE, related_name="guest_uploads")
    guest = models.CharField(max_length=80)
    name = models.CharField(_("your name"), max_length=150, blank=True)
    image = models.OneToOneField(Image, models.CASCADE, related_name="guest_upload")
    at = models.DateTimeField(default=timezone.now)
    approved = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = GuestUploadManager()

    class Meta:
        indexes = [models.Index(fields=["link", "-at"], name="newest_of_guests")]

    def __str__(self) -> str:
        return f"{self.image_id} through {self.link_id}"

    def take_back(self) -> bool:
        """Delete what nobody has approved or used yet; False when it is too late."""
        with transaction.atomic():
            image = self._unused()
            if image is None:
                return False
            blob = image.let_go()
        if blob:
            blob.erase()
        return True

    def _unused(self) -> Image | None:
        """Return its picture, held, if all that was done is that it was sent."""
        rows = GuestUpload.objects.select_for_update(no_key=True)
        if rows.filter(pk=self.pk, approved=None).first() is None:
            return None
        held = Image.objects.kept().select_for_update(no_key=True)
        image = held.filter(pk=self.image_id).first()
        if image is None or image.tasks.exists() or image.variants.exists():
            return None
        return None if image.gallery_items.exists() else image
