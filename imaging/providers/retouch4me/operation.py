"""`retouch` by Retouch4me: what it takes, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from imaging.providers.accounts import Account
from imaging.providers.base import Estimate, Facts, Operation, Verdict
from imaging.providers.limits import NAMES, Limits
from imaging.providers.retouch4me import wire
from imaging.providers.retouch4me.options import RetouchOptions

UNIT = "credits"
# As documented; an account's own come from `info/limits`.
LIMITS = Limits(
    formats=("jpeg", "png"), max_bytes=100 * wire.MEGABYTE, max_pixels=250e6
)
OURS = {"jpg": "jpeg", "tif": "tiff"}


class Retouch(Operation):
    key = "retouch"
    label = _("Retouch")
    summary = _("Skin, eyes, teeth, clothes, backdrop: as one picture or in layers.")
    form = RetouchOptions

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits

    def at(self, account: Account) -> Retouch:
        return Retouch(limits_of(account.known.get("limits")))

    def check(self, facts: Facts, options: Mapping[str, Any]) -> Verdict:
        return self.limits.verdict(facts)

    def estimate(self, facts: Facts, options: Mapping[str, Any]) -> Estimate:
        """One credit for each job that is taken, whatever it does."""
        return Estimate(cost=1, unit=UNIT)


def limits_of(said: Any) -> Limits:
    """Return the documented limits, with what the server has said instead."""
    if not isinstance(said, Mapping):
        return LIMITS
    named = [OURS.get(one, one) for one in said.get("formats", ())]
    formats = tuple(dict.fromkeys(one for one in named if one in NAMES))
    if "jpeg" not in formats:
        # What a copy is written as has to be among them.
        formats = ()
    return LIMITS.within(
        formats=formats,
        max_bytes=said.get("max_bytes"),
        max_pixels=said.get("max_pixels"),
    )
