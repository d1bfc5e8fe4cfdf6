"""How django-allauth treats our people: who may sign up, what is sent to them."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.signals import (
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.dispatch import receiver
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from imaging.models import AuditEvent, Invitation, User
from imaging.models.fields import EncryptedTextField

log = logging.getLogger(__name__)
SEALED = EncryptedTextField()


class AccountAdapter(DefaultAccountAdapter):
    """Accounts by invitation, mail that names BASE_URL, watching that ends in time."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        if settings.SIGNUP == "invitation":
            return invited(request) is not None
        return settings.SIGNUP == "open"

    def save_user(
        self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True
    ) -> User:
        """Make the person, a team of their own, and their place in the inviting one.

        All or nothing: when somebody else has used the invitation meanwhile, nobody
        is made, and the page says that it is used up.
        """
        user.name = form.cleaned_data.get("name", "")
        try:
            with transaction.atomic():
                super().save_user(request, user, form, commit)
                user.make_personal_team()
                # Asked again: since the form was checked it may have been used.
                invitation = invited(request)
                opened = settings.SIGNUP == "open"
                if not (admit(request, invitation, user) if invitation else opened):
                    raise ImmediateHttpResponse(redirect("account_signup"))
        except IntegrityError as error:
            # The same form sent twice at once: the account is there.
            raise ImmediateHttpResponse(redirect("account_login")) from error
        mailed = request.session.pop("invitation", (None, False))[1]
        if invitation and mailed and user.email == invitation.email:
            # Who holds the link that was sent to this address reads its mail.
            self.stash_verified_email(request, user.email)
        return user

    def pre_login(
        self, request: HttpRequest, user: User, **hints: Any
    ) -> HttpResponse | None:
        # Made on the command line or in the console: an operator knows the address.
        if not EmailAddress.objects.filter(user=user).exists():
            vouch(user)
        return super().pre_login(request, user, **hints)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm it, unless another account goes by this address."""
        others = User.objects.exclude(pk=email_address.user_id)
        if others.filter(email=email_address.email).exists():
            template = "account/messages/email_confirmation_failed.txt"
            self.add_message(
                request, messages.ERROR, template, {"email": email_address.email}
            )
            return False
        return super().confirm_email(request, email_address)

    def logout(self, request: HttpRequest) -> None:
        request.user.revoke_watching()  # type: ignore[union-attr]
        super().logout(request)

    def set_password(self, user: User, password: str) -> None:
        super().set_password(user, password)
        user.revoke_watching()

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Send a mail whose links begin with BASE_URL, whatever host was asked."""
        links = {k: at_base(v) for k, v in context.items() if k.endswith("_url")}
        site = SimpleNamespace(name="Darkroom", domain=settings.BASE_URL)
        try:
            super().send_mail(
                template_prefix, email, {**context, **links, "current_site": site}
            )
        except OSError as error:
            log.exception("mail %s was not sent", template_prefix)
            page = render(self.request, "people/mail_down.html", status=503)
            raise ImmediateHttpResponse(page) from error

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().send_notification_mail(*args, **kwargs)
        except ImmediateHttpResponse:
            log.warning("what the mail tells of has happened all the same")


class MFAAdapter(DefaultMFAAdapter):
    """Second factors, with their secrets encrypted in the database."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": _(
            "An account with two-step sign-in keeps its address. Switch that off, "
            "change the address, and switch it on again."
        ),
    }

    def encrypt(self, text: str) -> str:
        return SEALED.get_prep_value(text)

    def decrypt(self, encrypted_text: str) -> str:
        return SEALED.from_db_value(encrypted_text) or ""


# Sent by allauth's flows alone, and these have asked the adapter above before.
@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def void_watching(user: User, **hints: Any) -> None:
    user.revoke_watching()


def invited(request: HttpRequest) -> Invitation | None:
    """Return the open invitation with which this visitor came."""
    pk = request.session.get("invitation", (None, False))[0]
    rows = Invitation.objects.open().select_related("team", "invited_by")
    return rows.filter(pk=pk).first() if pk else None


def admit(request: HttpRequest, invitation: Invitation, user: User) -> bool:
    """Let this person into the team; False when the invitation was used meanwhile."""
    with transaction.atomic():
        if not invitation.accept(user):
            return False
        AuditEvent.objects.note(
            "joined",
            user=user,
            team=invitation.team,
            subject=invitation,
            role=invitation.role,
        )
    request.session["team"] = str(invitation.team_id)
    return True


def vouch(user: User) -> None:
    """Take this person's address as confirmed."""
    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


def at_base(url: str) -> str:
    """Return the same page at BASE_URL."""
    return settings.BASE_URL + urlsplit(url)._replace(scheme="", netloc="").geturl()
