"""Filters for figures as people read them."""

from django import template
from django.utils.translation import gettext as _

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
