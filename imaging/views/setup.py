"""The first room: whoever holds the set-up link becomes the first operator."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.utils import perform_login
from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from imaging.adapter import vouch
from imaging.forms.people import NewUserForm
from imaging.models import AuditEvent, User

MAX_AGE = timedelta(days=7)
signer = signing.TimestampSigner(salt="imaging.setup", sep=".")


def setup_link() -> str:
    """Return an address that makes the first operator, within seven days."""
    return settings.BASE_URL + reverse("setup", args=[signer.sign("first")])


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password1", "password2")
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first operator; gone as soon as there is any user."""
    try:
        signer.unsign(token, max_age=MAX_AGE)
    except signing.SignatureExpired:
        return gone(request, expired=True)
    except signing.BadSignature:
        raise Http404 from None
    if User.objects.exists():
        return gone(request)
    form = NewUserForm(request.POST or None)
    if not form.is_valid():
        return render(request, "setup/page.html", {"form": form})
    user = User.objects.create_first(
        form.cleaned_data["email"],
        form.cleaned_data["password1"],
        name=form.cleaned_data["name"],
    )
    if user is None:
        return gone(request)
    vouch(user)
    AuditEvent.objects.note("setup", user=user)
    return perform_login(request, user, redirect_url=resolve_url("upload"))


def gone(request: HttpRequest, *, expired: bool = False) -> HttpResponse:
    """Say why the link no longer works."""
    return render(request, "setup/gone.html", {"expired": expired}, status=410)
