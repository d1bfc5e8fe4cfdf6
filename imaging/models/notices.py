"""What a person is told of by the site, in the app and by e-mail."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from imaging.models.about import About, details, title
from imaging.models.fields import UUIDModel
from imaging.models.paging import NewestFirst
from imaging.models.people import Membership, Role, Team, User
from imaging.models.states import State

if TYPE_CHECKING:
    from imaging.models.batches import Batch
    from imaging.models.guests import PickList
    from imaging.models.invitations import Invitation
    from imaging.models.shares import ShareLink, ShareLinkQuerySet

# How long before its end a share link's people are told.
AHEAD = timedelta(days=3)
# Guests come in small steps: a letter waits for the next ones, and then for long.
GATHERED, SELDOM = timedelta(minutes=5), timedelta(hours=1)


class NoticeQuerySet(NewestFirst["Notice"]):
    def visible_to(self, user: User) -> NoticeQuerySet:
        """Return what this person was told, but of teams they are no longer in."""
        here = Q(team=None) | Q(team__in=user.memberships.values("team"))
        return self.filter(here, user=user)

    def unread(self) -> NoticeQuerySet:
        return self.filter(read=None)

    def number(self) -> models.Subquery:
        """Count them within another query; null where there are none."""
        rows = self.order_by().values("user").annotate(n=models.Count("pk"))
        return models.Subquery(rows.values("n"))

    def mark_read(self) -> int:
        """Take these as read; a letter that waits goes without them."""
        return self.unread().update(read=timezone.now(), mail_due=None)


class NoticeManager(models.Manager.from_queryset(NoticeQuerySet)):  # type: ignore[misc]
    def tell(
        self,
        about: str,
        people: Mapping[uuid.UUID, datetime | None],
        key: object,
        **fields: Any,
    ) -> None:
        """Tell these people, each by letter from then on, or by none (one query).

        Told again of the same thing, they find it anew, with what is true now.
        """
        fields |= {"about": about, "key": key, "created": timezone.now()}
        self.bulk_create(
            [
                self.model(user_id=pk, mail_due=due, **fields)
                for pk, due in people.items()
            ],
            update_conflicts=True,
            unique_fields=["user", "about", "key"],
            update_fields=[
                *("team", "facts", "path", "created"),
                *("read", "mail_due", "mail_tries"),
            ],
        )

    def tell_batch(self, batch: Batch, counts: Mapping[str, int]) -> None:
        """Tell whoever began a batch on the site that it has ended.

        When failed tasks were tried again it ends again: the same notice is new then.
        """
        self.tell(
            About.BATCH_ENDED,
            {batch.user_id: timezone.now()} if batch.user_id else {},
            batch.pk,
            team=batch.team,
            path=reverse("batch", args=[batch.pk]),
            facts={
                "name": batch.name,
                "began": batch.created.isoformat(),
                "tasks": dict(counts),
            },
        )

    def tell_picks(self, picks: PickList, path: str = "") -> None:
        """Tell a link's people what a guest has picked. Call it where that is sent."""
        self._tell_of_guests(
            About.PICKS_SENT,
            picks.link,
            picks.pk,
            path,
            guest=picks.name,
            note=picks.note[:500],
            count=picks.shown().count(),
        )

    def tell_uploads(self, link: ShareLink, path: str = "") -> None:
        """Tell a link's people that pictures of guests wait for them.

        Call it with each: they are one notice, and few letters.
        """
        waiting = link.guest_uploads.filter(approved=None, image__trashed=None)
        count = waiting.count()
        if count:
            self._tell_of_guests(About.UPLOADS_WAIT, link, link.pk, path, count=count)

    def _tell_of_guests(
        self, about: str, link: ShareLink, key: uuid.UUID, path: str, **facts: Any
    ) -> None:
        """Tell a link's people; each gets a letter, and the next one an hour later."""
        if link.gallery is None:
            return
        now = timezone.now()
        people: dict[uuid.UUID, datetime | None] = dict.fromkeys(
            people_of(link), now + GATHERED
        )
        known = self.filter(about=about, key=key, user__in=people)
        for pk, due, mailed in known.values_list("user", "mail_due", "mailed"):
            people[pk] = due or max(now + GATHERED, (mailed or now - SELDOM) + SELDOM)
        self.tell(
            about,
            people,
            key,
            team=link.team,
            path=path or reverse("links", args=[link.gallery_id]),
            facts={"gallery": link.gallery.name, "link": link.name, **facts},
        )

    def tell_ending(self, link: ShareLink) -> None:
        """Tell a link's people that it ends soon, and note that they were told."""
        now = timezone.now()
        mine = type(link).objects.filter(pk=link.pk, expires=link.expires)
        if not (link.gallery and link.expires and mine.update(warned=now)):
            return
        self.tell(
            About.LINK_EXPIRES,
            dict.fromkeys(people_of(link), now),
            link.pk,
            team=link.team,
            path=reverse("link", args=[link.pk]),
            facts={
                "gallery": link.gallery.name,
                "link": link.name,
                "expires": link.expires.isoformat(),
                "opens": link.opens,
            },
        )

    def tell_invited(self, invitation: Invitation) -> None:
        """Tell a person who has an account; their letter is the invitation itself.

        Not one who has only said that the address is theirs.
        """
        known = User.objects.filter(
            emailaddress__email=invitation.email, emailaddress__verified=True
        )
        found = known.filter(email=invitation.email, is_active=True).first()
        if invitation.email and found:
            self.tell(
                About.INVITED,
                {found.pk: None},
                invitation.pk,
                path=reverse("team"),
                facts={
                    "team": invitation.team.name,
                    "by": str(invitation.invited_by),
                    "email": invitation.email,
                },
            )


def people_of(link: ShareLink) -> list[uuid.UUID]:
    """Return who hears of a link: its maker, the gallery's owner; else team owners."""
    members = Membership.objects.filter(team=link.team_id, user__is_active=True)
    owner = link.gallery.owner_id if link.gallery else None
    rows = members.filter(Q(user__in=[link.made_by_id, owner]) | Q(role=Role.OWNER))
    roles = dict(rows.values_list("user", "role"))
    return [pk for pk in (link.made_by_id, owner) if pk in roles] or list(roles)


def ending_soon(links: ShareLinkQuerySet) -> ShareLinkQuerySet:
    """Return the links whose people are to be told now that they end.

    Not those that were made for a few days only. One whose end was put off is told
    again: it was not told of in the last days before this end.
    """
    now = timezone.now()
    early = F("expires") - AHEAD
    untold = Q(warned=None) | Q(warned__lt=early)
    return links.filter(
        untold,
        expires__gt=now,
        expires__lte=now + AHEAD,
        created__lt=early,
        revoked=None,
        gallery__isnull=False,
    )


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
    mail_tries = models.PositiveSmallIntegerField(default=0)
    mailed = models.DateTimeField(null=True, blank=True)

    objects = NoticeManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "about", "key"], name="told_once")
        ]
        indexes = [
            models.Index(fields=["user", "-created"], name="newest_notices"),
            models.Index(
                fields=["user"], name="unread_notices", condition=Q(read__isnull=True)
            ),
            models.Index(
                fields=["mail_due"],
                name="mail_due",
                condition=Q(mail_due__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about} to {self.user_id}"

    @property
    def is_failure(self) -> bool:
        """Say whether it tells that something has failed."""
        return bool(self.facts.get("tasks", {}).get(State.ERROR))

    @property
    def title(self) -> str:
        return title(self.about, self.facts)

    @property
    def details(self) -> list[str]:
        return details(self.about, self.facts)
