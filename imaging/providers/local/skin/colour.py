"""Measures of colour: redness, pigmentation, the dark under the eyes, tone, shine."""

from __future__ import annotations

import cv2
import numpy as np
from django.utils.translation import gettext_lazy as _

from imaging.providers.local.skin.measure import (
    Measure,
    Reading,
    Unmeasured,
    by_area,
    union,
)
from imaging.providers.local.skin.portrait import (
    CHEEKS,
    FACE,
    UNDER_EYES,
    Portrait,
    disc,
    lab,
)

MORE = _("higher: more of it")
# Structures narrower than this are lines and pores, not spots; longer ones are shade.
SPOT_MM, SPOT_MOST_MM = 3.0, 16.0
STROKES = 12


def need_colour(portrait: Portrait) -> None:
    if not portrait.has_colour:
        raise Unmeasured(
            "no_colour", "The picture is black and white; this is read from colours."
        )


class Redness(Measure):
    key = "redness"
    label = _("Redness")
    unit = "a*"
    full = 40.0
    direction = MORE
    colour = (230, 40, 60)
    definition = _(
        "Mean of CIELAB a* over forehead, cheeks, nose and chin, without shine, after "
        "the skin has been brought to one brightness. 100 is an a* of 40."
    )
    source = (
        "Skin colour in CIELAB: Weatherall and Coombs, J Invest Dermatol 99 (1992) "
        "468; a* for erythema: Ly et al., J Invest Dermatol 140 (2020) 3. Bringing "
        "the skin to one brightness, and the scale, are our own."
    )

    def read(self, portrait: Portrait) -> Reading:
        need_colour(portrait)
        a = portrait.lab[..., 1]
        areas = by_area(portrait, a, FACE, portrait.matt)
        where = union(portrait, FACE, portrait.matt)
        above = a - np.median(a[where])
        mask = np.clip((above - 3) / 10, 0, 1) * where
        return Reading(float(a[where].mean()), areas, mask)


class Pigmentation(Measure):
    key = "pigmentation"
    label = _("Pigmentation")
    unit = "melanin index"
    full = 3.0
    direction = MORE
    colour = (150, 90, 20)
    definition = _(
        "How much darker spots from 3 to 16 mm are than the skin around them: the mean "
        "excess of the melanin index, 100 log10(1 / red light), over forehead, cheeks, "
        "nose and chin. What is longer, as folds and shade are, does not count. 100 "
        "is a mean of 3."
    )
    source = (
        "Melanin index from red light: Takiwaki, J Med Invest 44 (1998) 121; from "
        "cameras' pictures: Yamamoto et al., Skin Res Technol 14 (2008) 26. Spots told "
        "from lines by openings: Serra, Image Analysis and Mathematical Morphology "
        "(1982). The sizes and the scale are our own."
    )

    def read(self, portrait: Portrait) -> Reading:
        where = union(portrait, FACE, portrait.matt)
        above = spots(-portrait.log(0), portrait)
        areas = by_area(portrait, above, FACE, portrait.matt)
        mask = np.clip((above - 2) / 8, 0, 1) * where
        return Reading(float(above[where].mean()), areas, mask)


def spots(dark: np.ndarray, portrait: Portrait) -> np.ndarray:
    """Return how much darker spots are than what is around them.

    An opening by a disc takes away what is thinner than a spot. What is left and has no
    room for a stroke of SPOT_MOST_MM in any direction is a spot.
    """
    radius = round(SPOT_MM / 2 / portrait.mm)
    # A line one pixel of the picture wide is blurred to about two.
    radius = max(radius, round(portrait.native_mm / portrait.mm))
    calm = cv2.GaussianBlur(dark, (0, 0), 1.5)
    wide = cv2.morphologyEx(calm, cv2.MORPH_OPEN, disc(radius))
    # Strokes are long: half the pixels tell as much.
    half = cv2.resize(wide, (0, 0), fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    length = round(SPOT_MOST_MM / portrait.mm / 2)
    around = np.max(
        [
            cv2.morphologyEx(half, cv2.MORPH_OPEN, bar(length, np.pi * n / STROKES))
            for n in range(STROKES)
        ],
        axis=0,
    )
    size = dark.shape[1], dark.shape[0]
    return np.clip(wide - cv2.resize(around, size, interpolation=1), 0, 60)


def bar(length: int, angle: float) -> np.ndarray:
    """Return a straight stroke, as a neighbourhood for morphology."""
    reach = length // 2
    kernel = np.zeros((2 * reach + 1,) * 2, np.uint8)
    x, y = round(reach * np.cos(angle)), round(reach * np.sin(angle))
    cv2.line(kernel, (reach - x, reach - y), (reach + x, reach + y), 1)
    return kernel


class UnderEyes(Measure):
    key = "under_eye_darkness"
    label = _("Under-eye darkness")
    unit = "L*"
    full = 25.0
    direction = MORE
    colour = (90, 60, 200)
    definition = _(
        "How much darker the skin under the eyes is than the cheek below it: the "
        "difference of the medians of CIELAB L*, after the skin has been brought to "
        "one brightness; the mean of both sides. 100 is a difference of 25."
    )
    source = (
        "Difference of L* between under-eye and cheek: An Bras Dermatol 90 (2015), "
        "doi 10.1590/abd1806-4841.20153520, where it went with what people see. The "
        "areas and the scale are our own."
    )

    def read(self, portrait: Portrait) -> Reading:
        light = portrait.lab[..., 0]
        mask = np.zeros(light.shape, np.float32)
        found = {}
        for name, cheek in zip(UNDER_EYES, CHEEKS, strict=True):
            places = {}
            for one in (name, cheek):
                try:
                    by_area(portrait, light, (one,), portrait.matt)
                except Unmeasured:
                    break
                places[one] = portrait.areas[one] & portrait.matt
            if len(places) < 2:
                continue
            usual = float(np.median(light[places[cheek]]))
            found[name] = usual - float(np.median(light[places[name]]))
            mask += np.clip((usual - light - 2) / 14, 0, 1) * places[name]
        if not found:
            raise Unmeasured(
                "areas_not_seen",
                "Too little bare skin is seen under an eye and on the cheek below it.",
            )
        return Reading(float(np.mean(list(found.values()))), found, mask)


class Shine(Measure):
    key = "shine"
    label = _("Shine")
    unit = _("part of the light")
    full = 0.25
    direction = MORE
    colour = (40, 190, 240)
    definition = _(
        "The part of the skin's light that is mirrored at its surface: each pixel is "
        "split into the skin's own colour and white, and the white counts where it is "
        "brighter than its surroundings. 100 is a quarter of the light."
    )
    source = (
        "Dichromatic reflection: Shafer, Color Research and Application 10 (1985) 210. "
        "How it is told from a plain photograph, and the scale, are our own."
    )

    def read(self, portrait: Portrait) -> Reading:
        need_colour(portrait)
        shine = portrait.shine
        areas = by_area(portrait, shine, FACE, portrait.skin)
        where = union(portrait, FACE, portrait.skin)
        mask = np.clip(shine / 0.5, 0, 1) * where
        return Reading(float(shine[where].mean()), areas, mask)


class Tone(Measure):
    key = "tone"
    label = _("Tone")
    unit = "ITA°"
    full = 180.0
    direction = _("higher: lighter; no value is meant")
    colour = (120, 120, 120)
    definition = _(
        "The individual typology angle, atan2(L* - 50, b*) in degrees, of the median "
        "colour of forehead and cheeks as the picture shows it. -90° is 0, 90° is 100. "
        "It depends on the light: compare pictures taken alike."
    )
    source = (
        "Chardon, Cretois and Hourseau, Int J Cosmet Sci 13 (1991) 191; the classes "
        "end at 55, 41, 28, 10 and -30 degrees, as reviewed in Int J Mol Sci 19 (2018) "
        "2668. They were made for measured skin, not for photographs."
    )
    classes = (
        (55, "very light"),
        (41, "light"),
        (28, "intermediate"),
        (10, "tan"),
        (-30, "brown"),
        (-91, "dark"),
    )

    def read(self, portrait: Portrait) -> Reading:
        need_colour(portrait)
        names = ("forehead", *CHEEKS)
        seen = by_area(portrait, portrait.luminance, names, portrait.matt)
        places = {name: portrait.areas[name] & portrait.matt for name in seen}
        areas = {name: angle(portrait, at) for name, at in places.items()}
        where = np.logical_or.reduce(list(places.values()))
        ita = angle(portrait, where)
        said = next(name for least, name in self.classes if ita > least)
        mask = where.astype(np.float32) * 0.5
        return Reading(ita, areas, mask, {"class": said})

    def score(self, raw: float) -> float:
        return super().score(raw + 90)


def angle(portrait: Portrait, where: np.ndarray) -> float:
    """Return the individual typology angle of the median colour."""
    colour = np.median(portrait.linear[where], axis=0)
    light, _, b = lab(colour[None, None])[0, 0]
    return float(np.degrees(np.arctan2(light - 50, b)))
