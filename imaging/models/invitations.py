"""Ways into a team."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imaging.models.fields import UUIDModel, new_token, token_digest
from imaging.models.people import Membership, Role, Team, User


def in_a_week() -> Any:
    return timezone.now() + timedelta(days=7)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        return self.filter(accepted=None, expires__gt=timezone.now())

    def close(self) -> int:
        """Let these invitations end now; return how many were open."""
        return self.open().update(expires=timezone.now())

    def waiting_for(self, user: User) -> InvitationQuerySet:
        """Return what was sent to this person's address, into teams they are not in.

        Whether the address is theirs is not asked here.
        """
        mine = self.open().filter(email=user.email).exclude(team__members=user)
        return mine.select_related("team", "invited_by").order_by("created")

    def by_token(self, token: str) -> Invitation | None:
        """Find the open invitation that this token opens."""
        return self.open().filter(digest=token_digest(token)).first()


class Invitation(UUIDModel):
    """A way into a team, by e-mail or as a link; used once, for a time."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations")
    invited_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    email = models.EmailField(_("e-mail address"), blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.EDITOR)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(default=in_a_week)
    accepted = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.email or 'link'} to {self.team}"

    def new_token(self) -> str:
        """Draw the token of this invitation; only its digest is kept."""
        token = new_token()
        self.digest = token_digest(token)
        return token

    @transaction.atomic
    def accept(self, user: User) -> bool:
        """Let this person in; False when the invitation was used meanwhile."""
        now = timezone.now()
        unused = Invitation.objects.open().filter(pk=self.pk)
        if not unused.update(accepted=now, accepted_by=user):
            return False
        role = self.role
        if self.team.personal and role == Role.OWNER:
            # It stays its person's; invitations of old may say otherwise.
            role = Role.EDITOR
        Membership.objects.get_or_create(
            team=self.team, user=user, defaults={"role": role}
        )
        user.__dict__.pop("_teams", None)
        return True
