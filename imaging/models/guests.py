"""What guests of a share link leave behind: their picks, and pictures of their own."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imaging.models.fields import UUIDModel
from imaging.models.images import Image
from imaging.models.people import User
from imaging.models.shares import ShareLink


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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["link", "guest"], name="one_list_each")
        ]

    def __str__(self) -> str:
        return self.name or str(_("A guest"))


class Pick(UUIDModel):
    """One picture that a guest has picked."""

    list = models.ForeignKey(PickList, models.CASCADE, related_name="picks")
    image = models.ForeignKey(Image, models.CASCADE, related_name="picks")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "image"], name="picked_once")
        ]

    def __str__(self) -> str:
        return f"{self.image_id} in {self.list_id}"


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

    class Meta:
        indexes = [models.Index(fields=["link", "-at"], name="newest_of_guests")]

    def __str__(self) -> str:
        return f"{self.image_id} through {self.link_id}"
