"""Share links: what a gallery shows to whoever holds an address, and for how long."""

from __future__ import annotations

import secrets
import string
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.core.cache import cache
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from imaging.models.downloads import Download
from imaging.models.fields import EncryptedTextField, UUIDModel, token_digest
from imaging.models.galleries import Gallery, GalleryItem
from imaging.models.paging import NewestFirst
from imaging.models.people import Team, User
from imaging.models.takings import Taking
from imaging.wakeup import wake

# What nobody mistakes for another when it is read aloud: 24 of these are 139 bits.
LETTERS = "".join(set(string.ascii_letters + string.digits) - set("0O1Il"))
LENGTH = 24
DAYS = 14
# What ends within this time is looked at before it does.
SOON = timedelta(days=3)


class ShareMode(models.TextChoices):
    """What guests may take home."""

    VIEW = "view", _("Look only, in screen size")
    WEB = "web", _("Download in web size")
    FULL = "full", _("Download in full size")


def in_two_weeks() -> datetime:
    return timezone.now() + timedelta(days=DAYS)


def number_of(
    rows: models.QuerySet[Any], number: models.Count | None = None
) -> Coalesce:
    """Count those of the rows that are of each link, or what is different in them."""
    mine = rows.filter(link=OuterRef("pk")).order_by().values("link")
    counted = mine.annotate(n=number or models.Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def hashed(password: str | None) -> str:
    """Return what is kept of a password; nothing of none."""
    return make_password(password) if password else ""


class ShareLinkQuerySet(NewestFirst["ShareLink"]):
    def visible_to(self, user: User) -> ShareLinkQuerySet:
        """Return the links of the galleries that this person sees."""
        return self.filter(gallery__in=Gallery.objects.visible_to(user))

    def changeable_by(self, user: User) -> ShareLinkQuerySet:
        return self.filter(gallery__in=Gallery.objects.changeable_by(user))

    def open(self) -> ShareLinkQuerySet:
        """Return those that open something now."""
        forever = Q(expires=None) | Q(expires__gt=timezone.now())
        return self.filter(forever, revoked=None, gallery__isnull=False)

    def in_state(self, state: str) -> ShareLinkQuerySet:
        """Return those that are "open", end "soon", or are "over"; else all."""
        now = timezone.now()
        if state == "over":
            # Not by `exclude`: what never ends compares with no moment.
            over = Q(revoked__isnull=False) | Q(gallery=None) | Q(expires__lte=now)
            return self.filter(over)
        if state == "soon":
            return self.open().filter(expires__lte=now + SOON)
        return self.open() if state == "open" else self

    def with_downloads(self) -> ShareLinkQuerySet:
        """Add what was downloaded: pictures, and what that takes of a limit.

        All are queries over the one table of downloads.
        """
        once = models.Count(Coalesce("bundle", "pk"), distinct=True)
        return self.annotate(
            downloads_counted=number_of(Download.objects.all()),
            downloads_used=number_of(Download.objects.all(), once),
            being_taken=number_of(Taking.objects.held()),
        )

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
        link = self.create(
            gallery=gallery,
            team=gallery.team,
            made_by=user,
            token=token,
            digest=token_digest(token),
            password=hashed(password),
            **fields,
        )
        link.prepare()
        return link


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
    def copied(self) -> str:
        """Name the copies that its guests get: "web" or "full".

        Nothing where they only look, or get the originals as they are.
        """
        original = self.as_they_are and self.mode == ShareMode.FULL
        return "" if original or self.mode == ShareMode.VIEW else self.mode

    def prepare(self) -> None:
        """Have what its guests may take home made before they ask for it."""
        if self.copied:
            wake("prepare", self.pk)

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

        Those that are under way are taken. What came in one ZIP is one.
        """
        if self.download_limit is None:
            return None
        known: Any = self
        if not hasattr(self, "being_taken"):
            known = ShareLink.objects.with_downloads().get(pk=self.pk)
        return max(self.download_limit - known.downloads_used - known.being_taken, 0)

    def left_for(self, visitor: str) -> int | None:
        """Return how many are left for a visitor, who may go on with broken ones."""
        if self.left is None:
            return None
        return self.left + Taking.objects.broken_by(visitor).filter(link=self).count()

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

    def note_open(self, guest: str) -> None:
        """Remember that a guest has opened it: each counts once a day."""
        key = f"open:{self.pk}:{guest}:{timezone.localdate()}"
        # Looking costs a database far less than trying to add in vain.
        new = not cache.get(key) and cache.add(key, 1, timeout=24 * 3600)
        mine = ShareLink.objects.filter(pk=self.pk)
        mine.update(opens=F("opens") + int(new), last_used=timezone.now())
