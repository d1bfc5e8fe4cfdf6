"""What people are told of, and the words for it, in the language that is active."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

Facts = Mapping[str, Any]


class About(models.TextChoices):
    """What happened; the words are put together in the reader's language."""

    BATCH_ENDED = "batch.ended", _("A batch has ended")
    PICKS_SENT = "picks.sent", _("Picks have arrived")
    LINK_EXPIRES = "link.expires", _("A share link ends soon")
    INVITED = "invited", _("You are invited to a team")
    UPLOADS_WAIT = "uploads.wait", _("Guests have added pictures")


def title(about: str, facts: Facts) -> str:
    """Say in one sentence what happened."""
    return TITLES[about](facts)


def details(about: str, facts: Facts) -> list[str]:
    """Say the rest, each as words that stand alone."""
    return [str(one) for one in DETAILS[about](facts) if one]


def on_day(moment: str) -> str:
    """Return a kept moment as a day, in the zone that is active."""
    return date_format(timezone.localtime(datetime.fromisoformat(moment)))


def ended(facts: Facts) -> str:
    counts = facts["tasks"]
    name = facts["name"] or _t("The batch of %(day)s") % {"day": on_day(facts["began"])}
    if failed := counts.get("error", 0):
        said = ngettext(
            "%(name)s has ended: %(count)d task failed",
            "%(name)s has ended: %(count)d tasks failed",
            failed,
        )
        return said % {"name": name, "count": failed}
    if not counts.get("completed"):
        return _t("%(name)s was cancelled") % {"name": name}
    return _t("%(name)s is done") % {"name": name}


def numbers(facts: Facts) -> list[str]:
    counts = facts["tasks"]
    said = {
        "completed": _t("%(n)d done"),
        "error": _t("%(n)d failed"),
        "cancelled": _t("%(n)d cancelled"),
    }
    return [
        words % {"n": counts[state]}
        for state, words in said.items()
        if counts.get(state)
    ]


def picked(facts: Facts) -> str:
    said = ngettext(
        "%(guest)s has picked %(count)d picture in %(gallery)s",
        "%(guest)s has picked %(count)d pictures in %(gallery)s",
        facts["count"],
    )
    return said % {**facts, "guest": facts["guest"] or _t("A guest")}


def added(facts: Facts) -> str:
    said = ngettext(
        "%(count)d picture of guests waits in %(gallery)s",
        "%(count)d pictures of guests wait in %(gallery)s",
        facts["count"],
    )
    return said % facts


def ending(facts: Facts) -> str:
    said = _t("The share link of %(gallery)s ends on %(day)s")
    if facts["link"]:
        said = _t("The share link “%(link)s” of %(gallery)s ends on %(day)s")
    return said % {**facts, "day": on_day(facts["expires"])}


def opened(facts: Facts) -> str:
    if not facts["opens"]:
        return _t("Nobody has opened it yet.")
    said = ngettext(
        "It was opened once.", "It was opened %(count)d times.", facts["opens"]
    )
    return said % {"count": facts["opens"]}


def invited(facts: Facts) -> str:
    return _t("%(by)s invites you to the team %(team)s") % facts


def where_to_join(facts: Facts) -> str:
    said = _t("You can join on the page of your team, or by the letter to %(email)s.")
    return said % facts


TITLES: dict[str, Callable[[Facts], str]] = {
    About.BATCH_ENDED: ended,
    About.PICKS_SENT: picked,
    About.LINK_EXPIRES: ending,
    About.INVITED: invited,
    About.UPLOADS_WAIT: added,
}
DETAILS: dict[str, Callable[[Facts], list[str]]] = {
    About.BATCH_ENDED: numbers,
    About.PICKS_SENT: lambda facts: [facts["note"]],
    About.LINK_EXPIRES: lambda facts: [opened(facts)],
    About.INVITED: lambda facts: [where_to_join(facts)],
    About.UPLOADS_WAIT: lambda facts: [facts["link"]],
}
