"""Who works here: users, their teams, invitations."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from imaging.models.fields import UUIDModel

GIB = 1024**3
# Each team has bounds of its own, so that there must be a bound on teams.
MOST_OWNED = 20


class MailPace(models.TextChoices):
    """How often a person hears by e-mail of work that has ended."""

    EACH = "each", _("After each batch")
    DAILY = "daily", _("Once a day")
    FAILURES = "failures", _("Only when something failed")
    NEVER = "never", _("Never")


class UserManager(BaseUserManager["User"]):
    """Makes users, each with a personal team."""

    @transaction.atomic
    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> User:
        """Make a user and the team that is theirs alone."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        user.make_personal_team()
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> User:
        """Make an operator, who may enter the admin console.

        The first one's own team uses the accounts in the environment.
        """
        first = not self.filter(is_superuser=True).exists()
        fields = {"is_staff": True, "is_superuser": True, **fields}
        user = self.create_user(email, password, **fields)
        if first:
            user.teams.update(operator_accounts=True)
        return user

    @transaction.atomic
    def create_first(self, email: str, password: str, **fields: Any) -> User | None:
        """Make the first operator; None when there is a user already.

        Of several at once one wins: the row below is the lock on PostgreSQL, the
        transaction itself on SQLite.
        """
        rows = ContentType.objects.select_for_update(no_key=True)
        rows.get(app_label=User._meta.app_label, model=User._meta.model_name)
        if self.exists():
            return None
        return self.create_superuser(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(UUIDModel, AbstractBaseUser, PermissionsMixin):
    """A person, known by an e-mail address."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    # Raised to end all sessions of this person: each bears what it was at its start.
    sign_outs = models.PositiveIntegerField(default=0, editable=False)
    # Empty: as the browser says.
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=50, blank=True)
    mail_pace = models.CharField(
        _("e-mail about finished work"),
        max_length=10,
        choices=MailPace,
        default=MailPace.EACH,
    )

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name or self.email.partition("@")[0]

    @transaction.atomic
    def make_personal_team(self) -> Team:
        """Make the team that is this person's alone."""
        team = Team.objects.create(name=self.get_short_name(), personal=True)
        Membership.objects.create(team=team, user=self, role=Role.OWNER)
        return team

    @cached_property
    def _teams(self) -> list[Team]:
        from imaging.models.notices import Notice

        # Every page shows both, and asks once.
        unread = Notice.objects.visible_to(self).unread().number()
        teams = Team.objects.visible_to(self).annotate(unread=unread)
        # Whoever was taken out of their last team has at least their own again.
        return list(teams.order_by("-personal", "created")) or [
            self.make_personal_team()
        ]

    @property
    def unread(self) -> int:
        """Return how many notices wait to be read; known with the teams."""
        return getattr(self.own_teams()[0], "unread", None) or 0

    def own_teams(self) -> list[Team]:
        """Return this person's teams, the personal one first (one query, kept)."""
        return self._teams

    def own_team(self, pk: str | None) -> Team:
        """Return this one of their teams, else the first."""
        own = self.own_teams()
        return next((team for team in own if str(team.pk) == pk), own[0])

    @property
    def bond(self) -> str:
        """Return what changes with the password, and when all sessions are ended."""
        return f"{self.password}:{self.sign_outs}" if self.sign_outs else self.password

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        salt = "imaging.models.User.sessions"
        if not self.sign_outs:
            # As Django does it, so that nobody is signed out by an upgrade.
            return super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        made = salted_hmac(salt, self.bond, secret=secret, algorithm="sha256")
        return made.hexdigest()

    def sign_out_everywhere(self) -> None:
        """End every session of this person, and what is watched in them."""
        User.objects.filter(pk=self.pk).update(sign_outs=F("sign_outs") + 1)
        self.refresh_from_db(fields=["sign_outs"])
        self.revoke_watching()

    def revoke_watching(self) -> None:
        """Void every watch address this person holds (sign-out, new password)."""
        Team.objects.visible_to(self).revoke_watching()


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    EDITOR = "editor", _("Editor")
    CONTRIBUTOR = "contributor", _("Contributor")
    VIEWER = "viewer", _("Viewer")


# Who may add pictures to a team, and change at least those.
ADDING = frozenset({Role.OWNER, Role.EDITOR, Role.CONTRIBUTOR})


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, user: User, *roles: str) -> TeamQuerySet:
        """Return the teams that this person is in (with one of `roles`, if given)."""
        wanted = Q(memberships__user=user)
        if roles:
            wanted &= Q(memberships__role__in=roles)
        return self.filter(wanted)

    def revoke_watching(self) -> None:
        """Void every watch address that was given out for these teams."""
        self.update(revocations=F("revocations") + 1)

    @transaction.atomic
    def found(self, name: str, user: User) -> Team | None:
        """Make a team that this person owns; None once they own as many as they may."""
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if self.visible_to(user, Role.OWNER).count() >= MOST_OWNED:
            return None
        team = self.create(name=name)
        Membership.objects.create(team=team, user=user, role=Role.OWNER)
        user.__dict__.pop("_teams", None)
        return team


class Team(UUIDModel):
    """A studio: its people, pictures and bounds."""

    name = models.CharField(_("name"), max_length=150)
    personal = models.BooleanField(default=False)
    created = models.DateTimeField(default=timezone.now)
    retention_days = models.PositiveIntegerField(
        _("keep pictures for (days)"), null=True, blank=True
    )
    # Bounds; generous, so that a fresh installation is never in its own way.
    max_bytes = models.BigIntegerField(_("storage (bytes)"), default=500 * GIB)
    max_pending_uploads = models.PositiveIntegerField(default=1_000)
    max_engine_minutes = models.PositiveIntegerField(
        _("engine minutes a month"), default=50_000
    )
    bytes_used = models.BigIntegerField(default=0)
    # Whether the accounts with providers that lie in the environment serve it.
    operator_accounts = models.BooleanField(_("uses our accounts"), default=False)
    # Which provider does the work that programs ask for at a door: door -> provider.
    served_by = models.JSONField(default=dict, blank=True)
    # Which provider is offered first for an operation: operation -> provider.
    preferred = models.JSONField(default=dict, blank=True)
    revocations = models.PositiveIntegerField(default=0)
    members: models.ManyToManyField[User, Membership] = models.ManyToManyField(
        User, through="Membership", related_name="teams"
    )

    objects = TeamQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def take_bytes(self, size: int) -> bool:
        """Count `size` bytes as used, unless that would pass the bound."""
        room = Team.objects.filter(pk=self.pk, bytes_used__lte=F("max_bytes") - size)
        return bool(room.update(bytes_used=F("bytes_used") + size))

    def give_back_bytes(self, size: int) -> None:
        """Count `size` bytes as free again."""
        Team.objects.filter(pk=self.pk).update(bytes_used=F("bytes_used") - size)

    def hold(self) -> None:
        """Hold the team until the transaction ends: its people change one by one."""
        Team.objects.select_for_update(no_key=True).get(pk=self.pk)

    def takes_from(self, user: User) -> bool:
        """Say whether this person may add pictures, and have them processed."""
        return self.role_of(user) in ADDING

    def role_of(self, user: User) -> str | None:
        """Return this person's role here, None for an outsider."""
        row = self.memberships.filter(user=user).first()
        return row.role if row else None


class MembershipQuerySet(models.QuerySet["Membership"]):
    def owning(self) -> MembershipQuerySet:
        """Return the owners who can still sign in."""
        return self.filter(role=Role.OWNER, user__is_active=True)


class Membership(UUIDModel):
    """One person in one team, with a role."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role, default=Role.EDITOR)
    created = models.DateTimeField(default=timezone.now)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="one_membership")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}: {self.role}"

    @property
    def is_needed(self) -> bool:
        """Say whether the team would be nobody's without this owner.

        A personal team is its person's, whoever else works there.
        """
        if self.role != Role.OWNER or self.team.personal:
            return self.role == Role.OWNER
        return not self.team.memberships.owning().exclude(pk=self.pk).exists()

    @transaction.atomic
    def take_role(self, role: str) -> bool:
        """Work with another role from now on; False where the team keeps this owner."""
        if not self._is_free(role):
            return False
        if self.role == Role.OWNER != role:
            self.team.invitations.filter(invited_by=self.user).close()
        Membership.objects.filter(pk=self.pk).update(role=role)
        self.role = role
        Team.objects.filter(pk=self.team_id).revoke_watching()
        return True

    @transaction.atomic
    def hand_over(self, heir: Membership) -> bool:
        """Let another member own the team in one's place, and stay as an editor.

        False where that cannot be: a personal team, an account that is switched off.
        """
        if heir.team_id != self.team_id or not heir.user.is_active:
            return False
        return heir.take_role(Role.OWNER) and self.take_role(Role.EDITOR)

    @transaction.atomic
    def end(self) -> bool:
        """Take the person out of the team; False where it keeps this owner."""
        if not self._is_free():
            return False
        self.team.invitations.filter(invited_by=self.user).close()
        Membership.objects.filter(pk=self.pk).delete()
        Team.objects.filter(pk=self.team_id).revoke_watching()
        return True

    def _is_free(self, role: str = "") -> bool:
        """Say whether this may become another role, or end. Holds the team.

        So of two owners who go at once, the second sees that the first has gone.
        """
        self.team.hold()
        self.refresh_from_db(fields=["role"])
        if self.team.personal and role == Role.OWNER:
            return self.role == Role.OWNER
        return role == Role.OWNER or not self.is_needed
