"""Letters: one way to write to a person, and what one has not read by e-mail.

What is due to one person goes in one letter, claimed first, so that it goes once; a
letter that the mail server does not take is tried again, and given up in the end.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from imaging import clock, faults
from imaging.language.readers import addressing, zone_of
from imaging.models import MailPace, Notice, User
from imaging.models.leases import LEASE, LeaseKeeper

log = logging.getLogger(__name__)
# When a day's notices are sent, by the reader's clock.
MORNING = time(8)
# How long after each try the next one follows; after the last there is none.
WAITS = [timedelta(minutes=one) for one in (1, 5, 30, 120, 360)]
# So many stand in one letter; of the others it says how many there are.
MOST = 30
# Only who has a letter has the address that ends them.
sealer = signing.Signer(salt="imaging.letters", sep=".")


def mail_arrives() -> bool:
    """Say whether mail goes out, and not only into a log."""
    return not settings.EMAIL_BACKEND.endswith("console.EmailBackend")


def write(user: User, kind: str, context: dict[str, Any], **headers: str) -> None:
    """Send a person the letter of this kind, in their language. Raises OSError."""
    site = SimpleNamespace(name="Darkroom", domain=settings.BASE_URL)
    with addressing(user):
        known = {**context, "reader": user, "current_site": site}
        subject = render_to_string(f"{kind}_subject.txt", known)
        message = render_to_string(f"{kind}_message.txt", known)
    line = " ".join(subject.split())
    EmailMessage(line, message.strip(), to=[user.email], headers=headers).send()


def mail(pk: str) -> None:
    """Write to one person of all that is due, if anything still is."""
    user, due = claim(pk)
    if user is None or not due:
        return
    faults.reach("letter-claimed")
    # What is told anew meanwhile is younger, and gets a letter of its own.
    held = Notice.objects.filter(
        pk__in=[one.pk for one in due],
        created__lte=max(one.created for one in due),
        mail_due__isnull=False,
    )
    with LeaseKeeper(held, "mail_due"):
        sent = write_of(user, due)
    if sent:
        held.update(mail_due=None, mailed=timezone.now())
        return
    tries = max(one.mail_tries for one in due)
    again = tries <= len(WAITS)
    held.update(mail_due=clock.now() + WAITS[tries - 1] if again else None)


def write_of(user: User, due: Sequence[Notice]) -> bool:
    """Write a letter of these notices; False when the mail server does not take it."""
    # Mail programs show a button for it; ours on that page says what it does.
    stop = {"List-Unsubscribe": f"<{stop_address(user)}>"}
    try:
        write(user, "notices/email/told", told(user, due), **stop)
    except OSError:
        log.exception("a letter to user %s was not sent", user.pk)
        return False
    return True


@transaction.atomic
def claim(pk: str) -> tuple[User | None, list[Notice]]:
    """Take what is to be written to a person now, and settle what is not.

    Their row is held, so that of two workers one finds nothing more.
    """
    now = clock.now()
    due = Notice.objects.filter(user=pk, mail_due__lte=now)
    rows = User.objects.select_for_update(no_key=True)
    user = rows.filter(pk=pk, is_active=True).first()
    if user is None:
        due.update(mail_due=None)
        return None, []
    unread = Notice.objects.visible_to(user).unread().filter(mail_due__lte=now)
    held = unread.order_by("created").select_for_update(no_key=True)
    found = [one for one in held if is_wanted(user, one)]
    due.exclude(pk__in=[one.pk for one in found]).update(mail_due=None)
    for one in found:
        one.mail_due = time_for(user, one)
    later = [one for one in found if one.mail_due and one.mail_due > now]
    ready = [one for one in found if one not in later]
    for one in ready:
        one.mail_due, one.mail_tries = now + LEASE, one.mail_tries + 1
    Notice.objects.bulk_update(found, ["mail_due", "mail_tries"])
    return user, ready


def is_wanted(user: User, notice: Notice) -> bool:
    """Say whether this person wants a letter about it, and it was not tried enough."""
    if notice.mail_tries > len(WAITS):
        log.error("the letter about notice %s is given up", notice.pk)
        return False
    if user.mail_pace == MailPace.FAILURES:
        return notice.is_failure
    return user.mail_pace != MailPace.NEVER


def time_for(user: User, notice: Notice) -> datetime:
    """Return when its letter goes: at once, or in the morning after it was told."""
    if user.mail_pace != MailPace.DAILY:
        return notice.created
    zone = zone_of(user) or timezone.get_default_timezone()
    told_at = notice.created.astimezone(zone)
    late = timedelta(days=int(told_at.time() >= MORNING))
    return datetime.combine(told_at.date() + late, MORNING, zone)


def told(user: User, due: Sequence[Notice]) -> dict[str, Any]:
    """Return what a letter is made of; its words follow in the reader's language."""
    return {
        "notices": due[:MOST],
        "first": due[0],
        "count": len(due),
        "more": max(len(due) - MOST, 0),
        "base": settings.BASE_URL,
        "page": settings.BASE_URL + reverse("notices"),
        "choose": settings.BASE_URL + reverse("settings") + "#mail",
        "stop": stop_address(user),
    }


def stop_address(user: User) -> str:
    """Return the address at which one ends these letters, without signing in."""
    return settings.BASE_URL + reverse("mail_stop", args=[sealer.sign(str(user.pk))])
