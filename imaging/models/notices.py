"""What a person is told of by the site, in the app and by e-mail."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imaging.models.fields import UUIDModel
from imaging.models.people import Team, User


class About(models.TextChoices):
    """What happened; the words are put together in the reader's language."""

    BATCH_ENDED = "batch.ended", _("A batch has ended")
    PICKS_SENT = "picks.sent", _("Picks have arrived")
    LINK_EXPIRES = "link.expires", _("A share link ends soon")
    INVITED = "invited", _("You are invited to a team")
    UPLOADS_WAIT = "uploads.wait", _("Guests have added pictures")


class Notice(UUIDModel):
    """One thing one person is told."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notices")
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+")
    about = models.CharField(max_length=20, choices=About)
    # What the words are made of, and a path of the site that shows more.
    facts = models.JSONField(default=dict)
    path = models.CharField(max_length=300, blank=True)
    # One thing told twice is one notice: the batch, the list of picks, the link.
    key = models.CharField(max_length=100)
    created = models.DateTimeField(default=timezone.now)
    read = models.DateTimeField(null=True, blank=True)
    # When it is to go out by e-mail; null: it has, or never will.
    mail_due = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "about", "key"], name="told_once")
        ]
        indexes = [
            models.Index(fields=["user", "-created"], name="newest_notices"),
            models.Index(
                fields=["mail_due"],
                name="mail_due",
                condition=models.Q(mail_due__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about} to {self.user_id}"
