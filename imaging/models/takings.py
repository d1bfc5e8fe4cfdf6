"""What is being taken of a share link's limit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils import timezone

from imaging.models.downloads import REPEAT, Download
from imaging.models.fields import UUIDModel
from imaging.models.images import Image
from imaging.models.leases import identity, is_dead

if TYPE_CHECKING:
    from imaging.models.shares import ShareLink

# Nobody takes longer over one file: what another host has begun is over by then.
LONGEST_TAKING = timedelta(hours=12)


class TakingManager(models.Manager["Taking"]):
    def held(self) -> models.QuerySet[Taking]:
        """Return what counts against a limit; what was lost long ago does not."""
        old = timezone.now() - LONGEST_TAKING
        return self.exclude(broken=None, at__lt=old)

    @transaction.atomic
    def begin(
        self, link: ShareLink, image: Image | None, visitor: str
    ) -> Taking | None:
        """Take one download of a link's limit; None when nothing is left of it.

        Without an image it is of all in one file. What this visitor has broken off
        goes on, and takes no other.
        """
        links = type(link).objects
        rows = links.select_for_update(no_key=True)
        held = rows.filter(pk=link.pk, revoked=None).first()
        if held is None:
            return None
        self.give_back_lost(held)
        broken = self.broken_by(visitor).filter(link=held, image=image).first()
        if broken:
            return broken.resume()
        # In one query: what is counted meanwhile is no longer being taken.
        if links.with_downloads().get(pk=held.pk).left == 0:
            return None
        return self.create(link=held, image=image, visitor=visitor, holder=identity())

    def broken_by(self, visitor: str) -> models.QuerySet[Taking]:
        """Return what this visitor has broken off and may go on with."""
        return self.filter(visitor=visitor, broken__isnull=False)

    def give_back_lost(self, link: ShareLink) -> None:
        """Give back what processes took that died over it.

        What was broken off stays with its visitor, who has most of it by now: given
        back in time, a limit would be one for each time that passes.
        """
        old = timezone.now() - LONGEST_TAKING
        for one in self.filter(link=link, broken=None):
            if one.at < old or is_dead(one.holder):
                one.end()


class Taking(UUIDModel):
    """One download under way, which counts against its link's limit meanwhile."""

    link = models.ForeignKey("ShareLink", models.CASCADE, related_name="takings")
    # Null: all of the link's pictures, in one file.
    image = models.ForeignKey(Image, models.CASCADE, null=True, related_name="+")
    visitor = models.CharField(max_length=80, blank=True)
    # Broken off after most of it was handed over: kept for its visitor.
    broken = models.DateTimeField(null=True, blank=True)
    holder = models.CharField(max_length=150)
    at = models.DateTimeField(default=timezone.now)

    objects = TakingManager()

    def __str__(self) -> str:
        return f"{self.image_id} through {self.link_id}"

    def end(self) -> None:
        """Give it back; what was taken in full has been counted by then."""
        Taking.objects.filter(pk=self.pk).delete()

    def settle(self) -> None:
        """Give back what is counted by now; else it stays taken, and its visitor's.

        Whoever had the same through another link just before is not counted again.
        """
        now = timezone.now()
        mine = Download.objects.filter(visitor=self.visitor, at__gt=now - REPEAT)
        mine = mine.filter(link=self.link_id)
        if self.image_id:
            mine = mine.filter(image=self.image_id)
        else:
            mine = mine.exclude(bundle=None)
        self.break_off(most=not mine.exists())

    def break_off(self, *, most: bool) -> None:
        """Give it back where little was handed over; else keep it for its visitor.

        Who has most of a file would else never have to take its last byte.
        """
        if most:
            mine = Taking.objects.filter(pk=self.pk)
            mine.update(broken=timezone.now())
        else:
            self.end()

    def resume(self) -> Taking:
        """Go on with what was broken off, in this process."""
        self.broken, self.holder, self.at = None, identity(), timezone.now()
        self.save()
        return self
