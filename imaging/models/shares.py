"""Share links: what a gallery shows to whoever holds an address, and for how long."""

from __future__ import annotations

import secrets
import string
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from imaging.models.downloads import Download
from imaging.models.fields import EncryptedTextField, UUIDModel, token_digest
from imaging.models.galleries import Gallery, GalleryItem
from imaging.models.images import Image
from imaging.models.leases import identity, is_dead
from imaging.models.people import Team, User

# What nobody mistakes for another when it is read aloud: 24 of these are 139 bits.
LETTERS = "".join(set(string.ascii_letters + string.digits) - set("0O1Il"))
LENGTH = 24
DAYS = 14
# Nobody takes longer over one file; what a dead host has begun is over by then.
LONGEST_TAKING = timedelta(hours=12)


class ShareMode(models.TextChoices):
    """What guests may take home."""

    VIEW = "view", _("Look only, in screen size")
    WEB = "web", _("Download in web size")
    FULL = "full", _("Download in full size")


def in_two_weeks() -> datetime:
    return timezone.now() + timedelta(days=DAYS)


def number_of(rows: models.QuerySet[Any]) -> Coalesce:
    """Count those of the rows that are of each link."""
    mine = rows.filter(link=OuterRef("pk")).order_by().values("link")
    counted = mine.annotate(n=models.Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def hashed(password: str | None) -> str:
    """Return what is kept of a password; nothing of none."""
    return make_password(password) if password else ""


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def visible_to(self, user: User) -> ShareLinkQuerySet:
        """Return the links of the galleries that this person sees."""
        return self.filter(gallery__in=Gallery.objects.visible_to(user))

    def changeable_by(self, user: User) -> ShareLinkQuerySet:
        return self.filter(gallery__in=Gallery.objects.changeable_by(user))

    def with_downloads(self) -> ShareLinkQuerySet:
        """Add `downloads_counted`, a query over the one table of downloads."""
        return self.annotate(
            downloads_counted=number_of(Download.objects.all()),
            being_taken=number_of(Taking.objects.all()),
        )

    def before(self, link: ShareLink | None) -> ShareLinkQuerySet:
        """Return what follows `link` on a page, newest first (keyset paging)."""
        rows = self.order_by("-created", "-id")
        if link is None:
            return rows
        same = Q(created__lt=link.created) | Q(id__lt=link.pk)
        return rows.filter(same, created__lte=link.created)

    def by_token(self, token: str) -> ShareLink | None:
        """Find the link that a token names, also one that opens nothing any more."""
        rows = self.select_related("gallery", "team", "made_by")
        return rows.filter(digest=token_digest(token)).first()


class ShareLinkManager(models.Manager.from_queryset(ShareLinkQuerySet)):  # type: ignore[misc]
    def make(
        self, gallery: Gallery, user: User, password: str | None = None, **fields: Any
    ) -> ShareLink:
        """Open a gallery to whoever holds the new link's address."""
        token = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        return self.create(
            gallery=gallery,
            team=gallery.team,
            made_by=user,
            token=token,
            digest=token_digest(token),
            password=hashed(password),
            **fields,
        )


class ShareLink(UUIDModel):
    """One address that opens a gallery to guests; its changes keep the address."""

    # A link outlives its gallery, to say that it is over.
    gallery = models.ForeignKey(
        Gallery, models.SET_NULL, null=True, related_name="links"
    )
    team = models.ForeignKey(Team, models.CASCADE, related_name="share_links")
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(_("name"), max_length=150, blank=True)
    mode = models.CharField(
        _("guests may"), max_length=10, choices=ShareMode, default=ShareMode.VIEW
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    token = EncryptedTextField(editable=False)
    # Hashed; empty: whoever holds the address is let in.
    password = models.CharField(max_length=200, blank=True, editable=False)
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(
        _("open until"), null=True, blank=True, default=in_two_weeks
    )
    download_limit = models.PositiveIntegerField(
        _("download limit"), null=True, blank=True
    )
    # Guests may mark what they like, and send it.
    picks = models.BooleanField(_("guests may pick"), default=False)
    # Guests may add pictures of their own, which wait until somebody approves.
    uploads = models.BooleanField(_("guests may add pictures"), default=False)
    # Files keep their names, and what the camera noted in them.
    as_they_are = models.BooleanField(
        _("files keep their names and camera notes"), default=False
    )
    revoked = models.DateTimeField(null=True, blank=True, editable=False)
    # When its people were told that it ends soon.
    warned = models.DateTimeField(null=True, blank=True, editable=False)
    opens = models.PositiveIntegerField(default=0, editable=False)
    last_used = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ShareLinkManager()

    def __str__(self) -> str:
        return self.name or str(self.gallery)

    @property
    def state(self) -> str:
        """Return "open", or why it is not: "revoked", "expired"."""
        if self.revoked or self.gallery_id is None:
            return "revoked"
        over = self.expires is not None and self.expires <= timezone.now()
        return "expired" if over else "open"

    @property
    def slug(self) -> str:
        """Return what stands before the token in the address, for people to read."""
        return slugify(self.gallery.name)[:60].strip("-_") if self.gallery else ""

    @property
    def named(self) -> str:
        return f"{self.slug}-{self.token}" if self.slug else self.token

    @property
    def download_count(self) -> int:
        """Return how many downloads went through it, by the one rule."""
        counted = getattr(self, "downloads_counted", None)
        return self.downloads.count() if counted is None else counted

    @property
    def left(self) -> int | None:
        """Return how many downloads are left of its limit; None where it has none.

        Those that are under way are taken.
        """
        if self.download_limit is None:
            return None
        held = getattr(self, "being_taken", None)
        held = self.takings.count() if held is None else held
        return max(self.download_limit - self.download_count - held, 0)

    def shown(self) -> Any:
        """Return the pictures that it shows now, each as it hangs in the gallery."""
        items = GalleryItem.objects.shown().filter(gallery=self.gallery_id)
        return items.select_related("image__blob")

    def change_password(self, password: str) -> None:
        """Set the password, none if it is empty; whoever knew the old one is out."""
        self.password = hashed(password)
        self.save(update_fields=["password"])

    def opens_with(self, password: str) -> bool:
        return not self.password or check_password(password, self.password)

    def revoke(self) -> bool:
        """Let it open nothing from now on; False when it was so already."""
        live = ShareLink.objects.filter(pk=self.pk, revoked=None)
        return bool(live.update(revoked=timezone.now()))

    def note_open(self) -> None:
        """Remember that somebody has opened it."""
        mine = ShareLink.objects.filter(pk=self.pk)
        mine.update(opens=F("opens") + 1, last_used=timezone.now())


class TakingManager(models.Manager["Taking"]):
    @transaction.atomic
    def begin(self, link: ShareLink, image: Image) -> Taking | None:
        """Take one download of a link's limit; None when nothing is left of it."""
        rows = ShareLink.objects.select_for_update(no_key=True)
        held = rows.filter(pk=link.pk, revoked=None).first()
        if held is None:
            return None
        self.give_back_lost(held)
        # In one query: what is counted meanwhile is no longer being taken.
        if ShareLink.objects.with_downloads().get(pk=held.pk).left == 0:
            return None
        return self.create(link=held, image=image, holder=identity())

    def give_back_lost(self, link: ShareLink) -> None:
        """Give back what was taken by processes that died over it."""
        old = timezone.now() - LONGEST_TAKING
        for one in self.filter(link=link):
            if one.at < old or is_dead(one.holder):
                one.end()


class Taking(UUIDModel):
    """One download under way, which counts against its link's limit meanwhile."""

    link = models.ForeignKey(ShareLink, models.CASCADE, related_name="takings")
    # Null: all of the link's pictures, in one file.
    image = models.ForeignKey(Image, models.CASCADE, null=True, related_name="+")
    visitor = models.CharField(max_length=80, blank=True)
    # Broken off after most of it was handed over: kept for its visitor for a while.
    broken = models.DateTimeField(null=True, blank=True)
    holder = models.CharField(max_length=150)
    at = models.DateTimeField(default=timezone.now)

    objects = TakingManager()

    def __str__(self) -> str:
        return f"{self.image_id} through {self.link_id}"

    def end(self) -> None:
        """Give it back; what was taken in full has been counted by then."""
        Taking.objects.filter(pk=self.pk).delete()
