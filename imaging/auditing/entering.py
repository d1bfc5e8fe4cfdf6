"""What is noted of people who come in and go, and of what lets them in."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth import signals as auth
from django.dispatch import Signal, receiver

from imaging.models import AuditEvent, User
from imaging.models.acts import acting

# Signals that tell of a person -> what is noted.
TOLD: dict[Signal, str] = {
    auth.user_logged_in: "signed_in",
    auth.user_logged_out: "signed_out",
    account.user_signed_up: "signed_up",
    account.password_changed: "password_changed",
    account.password_set: "password_changed",
    account.password_reset: "password_reset",
    account.email_changed: "email_changed",
    account.email_added: "email_added",
    account.email_removed: "email_removed",
    mfa.authenticator_added: "second_factor_added",
    mfa.authenticator_removed: "second_factor_removed",
    mfa.authenticator_reset: "recovery_codes_made",
    mfa.authentication_failed: "second_factor_failed",
}


def note_person(signal: Signal, user: User | None = None, **_hints: Any) -> None:
    """Note what a person did; what tests and shells do is no visit."""
    if user is not None and user.pk and acting():
        AuditEvent.objects.note(TOLD[signal], user=user, subject=user)


for one in TOLD:
    one.connect(note_person, dispatch_uid="imaging.entering")


@receiver(account.email_confirmed, dispatch_uid="imaging.entering")
def note_confirmed(email_address: Any, **_hints: Any) -> None:
    if acting():
        user = email_address.user
        AuditEvent.objects.note("email_confirmed", user=user, subject=user)


@receiver(auth.user_login_failed, dispatch_uid="imaging.entering")
def note_failed(credentials: dict[str, Any], **_hints: Any) -> None:
    """Note a sign-in that failed, on whose account if there is one.

    Never what was typed: it may have been a password in the wrong field. What asks a
    signed-in person again is theirs.
    """
    if not acting():
        return
    said = str(credentials.get("email") or credentials.get("username") or "")
    known = User.objects.filter(email=said.strip().lower()[:254]).first()
    AuditEvent.objects.note("sign_in_failed", user=known, subject=known)
