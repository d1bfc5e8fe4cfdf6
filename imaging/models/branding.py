"""How a team looks to its guests."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from imaging.models.people import Team


class BrandingManager(models.Manager["Branding"]):
    def of(self, team: Team) -> Branding:
        """Return how a team looks; one that has chosen nothing looks plain."""
        return self.filter(team=team).first() or Branding(team=team)


class Branding(models.Model):
    """A team's face on its guests' pages: name, logo, accent."""

    team = models.OneToOneField(
        Team, models.CASCADE, primary_key=True, related_name="branding"
    )
    # Empty: the team's own name.
    name = models.CharField(_("name shown to guests"), max_length=150, blank=True)
    # A colour as #rrggbb; empty: ours.
    accent = models.CharField(_("accent colour"), max_length=7, blank=True)
    # A small PNG of our own making, and its SHA-256.
    logo = models.BinaryField(null=True, blank=True)
    logo_digest = models.CharField(max_length=64, blank=True)

    objects = BrandingManager()

    def __str__(self) -> str:
        return self.name or str(self.team)

    @property
    def mark(self) -> str:
        """Return what changes with the logo or the accent, for their addresses."""
        return f"{self.logo_digest[:8]}{self.accent[1:]}"
