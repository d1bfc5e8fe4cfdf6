"""`upscale` by Kokoon: its options, what it takes and makes, what it will cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.providers.accounts import Account
from imaging.providers.base import Estimate, Facts, Operation, Verdict
from imaging.providers.kokoon import wire
from imaging.providers.limits import Limits
from imaging.providers.sizes import SizeOptions, size_of

LIMITS = Limits(
    ("jpeg", "png", "bmp"),
    min_side=64,
    long_side=3840,
    short_side=2160,
    max_bytes=50 * 2**20,
)
# Neither is published; both are settings of an account.
LARGEST = (7680, 4320)
PIXELS_PER_CREDIT = 1920 * 1080
UNIT = "credits"

USE_SR = _(
    "Leave this on. Kokoon's pages describe the switch the wrong way round, while all "
    "their examples have it on. Switched off, the picture is probably only made larger."
)


class UpscaleOptions(SizeOptions):
    category = forms.ChoiceField(
        label=_("Content"),
        choices=[
            ("general", _("anything")),
            ("person", _("people")),
            ("animation", _("animation")),
            ("cg", _("computer graphics")),
            ("retro", _("old material")),
        ],
        initial="general",
    )
    input_quality = forms.ChoiceField(
        label=_("Quality of the original"),
        choices=[("high", _("high")), ("medium", _("medium"))],
        initial="medium",
    )
    face_enhance = forms.BooleanField(
        label=_("Improve faces"),
        required=False,
        initial=False,
        help_text=_("Without effect on animation and computer graphics."),
    )
    denoise = forms.BooleanField(
        label=_("Remove noise"),
        required=False,
        initial=False,
        help_text=_("Without effect on animation and computer graphics."),
    )
    add_noise = forms.BooleanField(
        label=_("Add film grain"),
        required=False,
        initial=False,
        help_text=_("Without effect on animation and computer graphics."),
    )
    use_sr = forms.BooleanField(
        label=_("Super-resolution"), required=False, initial=True, help_text=USE_SR
    )
    format = forms.ChoiceField(
        label=_("Format"),
        choices=[("png", "PNG"), ("jpg", "JPEG"), ("bmp", "BMP")],
        initial="png",
    )
    preview = forms.BooleanField(
        label=_("Preview only"),
        required=False,
        initial=False,
        help_text=_("A part of the picture before and after, to judge the options by."),
    )
    pay_more = forms.BooleanField(
        label=_("Go on if it costs more than estimated"),
        required=False,
        initial=False,
        help_text=_("Otherwise a picture whose price is higher is stopped, unpaid."),
    )
    field_order = ("category", "input_quality", *SizeOptions.base_fields)


class Upscale(Operation):
    key = "upscale"
    label = _("Upscale")
    summary = _("Super-resolution up to 8K, for people, animation, old material.")
    form = UpscaleOptions

    def __init__(
        self,
        largest: tuple[int, int] = LARGEST,
        pixels_per_credit: float = PIXELS_PER_CREDIT,
    ) -> None:
        self.largest, self.pixels_per_credit = largest, pixels_per_credit

    def at(self, account: Account) -> Upscale:
        """Return this operation with the account's settings; odd ones do not count."""
        largest = wire.read_size(account.values.get("largest", "")) or LARGEST
        pixels = account.values.get("credit_pixels", "")
        known = pixels.isdecimal() and int(pixels) > 0
        return Upscale(largest, int(pixels) if known else PIXELS_PER_CREDIT)

    def size(self, facts: Facts, options: Mapping[str, Any]) -> tuple[int, int]:
        """Return the size of the result: a scale goes as far as Kokoon does."""
        width, height = size_of(facts, options)
        if options.get("width") or options.get("height"):
            return width, height
        long, short = max(width, height), min(width, height)
        part = min(1.0, self.largest[0] / long, self.largest[1] / short)
        most = settings.MAX_MEGAPIXELS * 1e6
        part = min(part, math.sqrt(most / (width * height)))
        return math.floor(width * part + 1e-6), math.floor(height * part + 1e-6)

    def check(self, facts: Facts, options: Mapping[str, Any]) -> Verdict:
        taken = LIMITS.verdict(facts)
        if taken.blocked:
            return taken
        made = self._made(facts, options)
        if made.blocked or not taken.reason:
            return made
        return Verdict("adapted", f"{taken.reason} {made.reason}".strip())

    def _made(self, facts: Facts, options: Mapping[str, Any]) -> Verdict:
        """Judge the result."""
        width, height = self.size(facts, options)
        if too_large := self._too_large(width, height):
            return too_large
        words = {"width": width, "height": height}
        least = LIMITS.min_side
        if min(width, height) < least:
            reason = _t(
                "The result would have %(width)d × %(height)d pixels; each side needs "
                "at least %(limit)d."
            ) % {**words, "limit": least}
            return Verdict("blocked", reason, f"{least} px", f"{width} × {height} px")
        asked = size_of(facts, options)
        if (width, height) == asked:
            return Verdict()
        if width * height <= facts.width * facts.height:
            return self._large_already(facts)
        reason = _t("The result gets %(width)d × %(height)d pixels, the most there is.")
        return Verdict("adapted", reason % words)

    def _too_large(self, width: int, height: int) -> Verdict | None:
        """Refuse a size that Kokoon does not make, or that could not be stored here."""
        long, short = self.largest
        measured = f"{width} × {height} px"
        if max(width, height) > long or min(width, height) > short:
            limit = f"{long} × {short} px"
            return Verdict("blocked", would_have(measured, limit), limit, measured)
        if width * height > settings.MAX_MEGAPIXELS * 1e6:
            limit = f"{settings.MAX_MEGAPIXELS:g} megapixels"
            return Verdict("blocked", would_have(measured, limit), limit, measured)
        return None

    def _large_already(self, facts: Facts) -> Verdict:
        limit = f"{self.largest[0]} × {self.largest[1]} px"
        measured = f"{facts.width} × {facts.height} px"
        reason = _t(
            "This picture has %(measured)s already; results have at most %(limit)s."
        )
        words = {"measured": measured, "limit": limit}
        return Verdict("blocked", reason % words, limit, measured)

    def estimate(self, facts: Facts, options: Mapping[str, Any]) -> Estimate:
        """Say about how many credits it takes; the exact price needs the upload."""
        if options.get("preview"):
            return Estimate(unit=UNIT)
        width, height = self.size(facts, options)
        cost = max(1, math.ceil(width * height / self.pixels_per_credit))
        return Estimate(cost=cost, unit=UNIT)


def would_have(measured: str, limit: str) -> str:
    reason = _t("The result would have %(measured)s; the limit is %(limit)s.")
    return reason % {"measured": measured, "limit": limit}


def wanted(vid: str, size: tuple[int, int], options: Mapping[str, Any]) -> wire.Wanted:
    """Return the request for one picture with these options."""
    return wire.Wanted(
        vid=vid,
        width=size[0],
        height=size[1],
        category=str(options["category"]),
        use_sr=bool(options.get("use_sr", True)),
        input_quality=str(options["input_quality"]),
        switches={name: bool(options.get(name)) for name in wire.SWITCHES},
        format=str(options["format"]),
        task_type=wire.PREVIEW if options.get("preview") else wire.FULL,
    )
