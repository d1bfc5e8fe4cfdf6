"""How the team of a page's pictures looks to its guests."""

from django import template

from imaging.models import Branding, Team

register = template.Library()


@register.simple_tag
def face(team: Team) -> Branding:
    """Return a team's name, logo and accent for guests; the row is read once."""
    if not hasattr(team, "_face"):
        team._face = Branding.objects.of(team)  # type: ignore[attr-defined]
    return team._face  # type: ignore[attr-defined]


@register.filter
def for_guests(team: Team) -> str:
    """Return what a team is called before its guests."""
    return str(face(team))
