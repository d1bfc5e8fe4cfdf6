"""Filters for figures as people read them."""

from datetime import datetime
from functools import lru_cache

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from imaging.language.readout import read_out
from imaging.models import Blob, Period
from imaging.models.costs import in_words

# The ratios, in percent, for which the style sheet has a class.
RATIOS = [*range(40, 180, 5), 180, 190, *range(200, 301, 20), 320]
register = template.Library()


@register.filter
def duration(seconds: float | None) -> str:
    """Return a span of seconds in one unit: "18 s", "6 min", "2 h"."""
    if seconds is None:
        return ""
    if seconds < 90:
        return _("%(n)d s") % {"n": max(round(seconds), 1)}
    if seconds < 5400:
        return _("%(n)d min") % {"n": round(seconds / 60)}
    return _("%(n)d h") % {"n": round(seconds / 3600)}


@register.filter
def ratio(blob: Blob) -> str:
    """Return the class that reserves a picture's place before it is loaded."""
    return nearest(blob.width, blob.height)


@lru_cache(maxsize=10_000)
def nearest(width: int, height: int) -> str:
    exact = 100 * width / height
    return f"r-{min(RATIOS, key=lambda one: abs(one - exact))}"


@register.filter
def wide(blob: Blob, side: int) -> int:
    """Return how wide a picture is in the size of at most `side` pixels."""
    return max(round(blob.width * scale(blob, side)), 1)


@register.filter
def high(blob: Blob, side: int) -> int:
    """Return how high a picture is in the size of at most `side` pixels."""
    return max(round(blob.height * scale(blob, side)), 1)


def scale(blob: Blob, side: int) -> float:
    return min(side / max(blob.width, blob.height), 1)


@register.simple_tag
def kept(name: str) -> int | None:
    """Return for how many days the operator has things of this name kept."""
    return Period.objects.days(name)


@register.simple_tag
def as_of(at: datetime) -> SafeString:
    """Say as of when a page's figures are; the browser shows its own time."""
    shown = '<time data-local datetime="{}">{}</time>'
    time = format_html(
        shown, at.isoformat(), date_format(localtime(at), "DATETIME_FORMAT")
    )
    words = _("As of %(at)s").replace("%(at)s", "{}")
    return format_html("<span>{}</span>", format_html(words, time))


register.filter("money", in_words)
register.filter("read_out", read_out)
