"""The doctor's page: what was found, how to mend it, and a mail to try."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from smtplib import SMTPException
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.core.mail import EmailMessage, get_connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST

from imaging.console.site import page, show_page
from imaging.letters import mail_arrives
from imaging.models import AuditEvent, Heartbeat
from imaging.operating.checkup.finding import ERROR, OK, WARNING
from imaging.operating.doctor import examine

# So many seconds what was found is shown again.
KEPT = 300
PATIENCE = 10


@page("doctor/", "doctor", lazy("Doctor"))
@require_http_methods(["GET", "HEAD", "POST"])
def doctor(request: HttpRequest) -> HttpResponse:
    """Show what the doctor found within the last minutes; a POST has it look again."""
    if request.method == "POST":
        look()
        return redirect("admin:doctor")
    found, at = cache.get(kept_as()) or look()
    levels = [one["level"] for one in found]
    context = {
        "title": _("Doctor"),
        "findings": found,
        "at": at,
        "errors": levels.count(ERROR),
        "warnings": levels.count(WARNING),
        "well": levels.count(OK),
        "machines": Heartbeat.objects.order_by("host", "kind")[:100],
        "alive": set(Heartbeat.objects.alive().values_list("pk", flat=True)[:100]),
        "mail_arrives": mail_arrives(),
    }
    return show_page(request, "admin/doctor.html", context)


def look() -> tuple[list[dict[str, Any]], datetime]:
    """Examine everything, and keep for a while what was found."""
    seen = ([asdict(one) for one in examine()], timezone.now())
    cache.set(kept_as(), seen, KEPT)
    return seen


def kept_as() -> str:
    return f"doctor:{get_language() or 'en'}"


@page("doctor/mail/", "doctor_mail")
@require_POST
def doctor_mail(request: HttpRequest) -> HttpResponse:
    """Send a mail to whoever asks, and say whether the server took it."""
    user = request.user
    words = _("This mail was sent from Darkroom's console to see whether mail arrives.")
    letter = EmailMessage(_("Mail arrives"), words, to=[user.email])  # type: ignore[union-attr]
    letter.connection = get_connection(timeout=PATIENCE)
    names = {"address": user.email}  # type: ignore[union-attr]
    try:
        letter.send()
    except (OSError, SMTPException) as problem:
        said = _("The mail server did not take it: %(problem)s.")
        messages.error(request, said % {"problem": type(problem).__name__})
    else:
        AuditEvent.objects.note("mail_tried", user=user)  # type: ignore[arg-type]
        said = _("A mail to %(address)s was given to the mail server.")
        if not mail_arrives():
            said = _("There is no mail server: the mail to %(address)s is in the log.")
        messages.success(request, said % names)
    return redirect("admin:doctor")
