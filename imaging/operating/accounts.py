"""What an operator does to somebody's account; each act is in the audit log."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import models, transaction
from django.utils import timezone

from imaging.models import (
    ApiToken,
    AuditEvent,
    Membership,
    Role,
    ShareLink,
    Team,
    User,
    VendorRecord,
)


def operators() -> models.QuerySet[User]:
    """Return those who can open the console."""
    return User.objects.filter(is_superuser=True, is_staff=True, is_active=True)


@transaction.atomic
def is_last_superuser(user: User) -> bool:
    """Say whether nobody else could open the console.

    Holds those who can until the transaction ends: two cannot go at once.
    """
    found = operators().select_for_update(no_key=True).order_by("pk")
    return {one.pk for one in found} == {user.pk}


@transaction.atomic
def suspend(user: User, *, close_links: bool) -> bool:
    """Let an account in nowhere; False where it is the last that could mend this.

    Its sessions and logins of programs end for good. Its tokens open nothing until it
    is restored.
    """
    if is_last_superuser(user):
        return False
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        return False
    user.is_active = False
    end_sessions(user)
    links = links_of(user).update(revoked=timezone.now()) if close_links else 0
    AuditEvent.objects.note("suspended", subject=user, links=links)
    return True


@transaction.atomic
def restore(user: User) -> None:
    """Let an account in again, where it has to sign in anew."""
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        user.is_active = True
        AuditEvent.objects.note("restored", subject=user)


@transaction.atomic
def sign_out_everywhere(user: User) -> None:
    """End every session of an account; its tokens go on."""
    end_sessions(user)
    AuditEvent.objects.note("signed_out_everywhere", subject=user)


def end_sessions(user: User) -> None:
    """End what was begun with a password: sessions, and logins of programs."""
    user.sign_out_everywhere()
    own = ApiToken.objects.filter(user=user, revoked=None)
    names = [str(pk) for pk in own.values_list("pk", flat=True)]
    logins = VendorRecord.objects.filter(kind="login", key__in=names)
    keys = list(logins.values_list("key", flat=True))
    own.filter(pk__in=keys).revoke()


@transaction.atomic
def reset_second_factor(user: User) -> bool:
    """Take away every second factor; False where there is none."""
    count, _rows = Authenticator.objects.filter(user=user).delete()
    if not count:
        return False
    user.revoke_watching()
    AuditEvent.objects.note("second_factor_reset", subject=user)
    return True


def links_of(user: User) -> models.QuerySet[ShareLink]:
    """Return the links that this person has made and that still open something."""
    return ShareLink.objects.open().filter(made_by=user)


def left_alone(user: User) -> models.QuerySet[Team]:
    """Return the teams that have no other owner who can sign in."""
    mine = Team.objects.visible_to(user, Role.OWNER).filter(personal=False)
    others = Membership.objects.owning().exclude(user=user)
    return mine.exclude(memberships__in=others)
