"""From one colour of a team's choice, all accents that a page needs, readable in both
themes: WCAG 2.2 asks for 4.5:1 of text, and 3:1 of what is only seen.
"""

from __future__ import annotations

from collections.abc import Callable

Colour = tuple[int, int, int]

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
TEXT, SEEN = 4.5, 3.0
# Of tokens.css: the surface that is hardest to be read on, the one that is tinted, and
# the faintest text.
HARDEST = {"light": (0xE2, 0xE2, 0xE2), "dark": (0x36, 0x36, 0x36)}
SURFACE = {"light": (0xFF, 0xFF, 0xFF), "dark": (0x26, 0x26, 0x26)}
FAINTEST = {"light": (0x68, 0x68, 0x68), "dark": (0xA3, 0xA3, 0xA3)}
TINT, HOVER = 0.16, 0.2


def read(text: str) -> Colour:
    """Read #rrggbb."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def dump(colour: Colour) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """Return a colour with this share of another one in it."""
    red, green, blue = (
        round(one + (two - one) * share) for one, two in zip(colour, other, strict=True)
    )
    return red, green, blue


def luminance(colour: Colour) -> float:
    """Return the relative luminance, as WCAG 2.2 defines it."""
    parts = [part / 255 for part in colour]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def towards(
    colour: Colour, end: Colour, good: Callable[[Colour], bool], start: float = 0
) -> Colour:
    """Go from a colour to another one, no further than until it is good."""
    steps = (mixed(colour, end, share / 50) for share in range(int(start * 50), 51))
    return next((one for one in steps if good(one)), end)


def palette(accent: Colour, theme: str) -> dict[str, Colour]:
    """Return the accents of one theme, under the names that tokens.css gives them."""
    ground, end = HARDEST[theme], BLACK if theme == "light" else WHITE
    soft = towards(
        accent,
        SURFACE[theme],
        lambda one: contrast(one, FAINTEST[theme]) >= TEXT,
        1 - TINT,
    )
    seen = towards(accent, end, lambda one: contrast(one, ground) >= SEEN)
    on = WHITE if contrast(seen, WHITE) >= TEXT else BLACK
    # Further away from what is written on it.
    hover = mixed(seen, BLACK if on == WHITE else WHITE, HOVER)
    text = towards(
        accent,
        end,
        lambda one: min(contrast(one, ground), contrast(one, soft)) >= TEXT,
    )
    return {
        "accent": seen,
        "accent-hover": hover,
        "on-accent": on,
        "accent-text": text,
        "accent-soft": soft,
    }


def sheet(accent: str, where: str = ":root") -> str:
    """Return the style sheet that gives a page, or a part of it, this accent.

    Whoever has asked for more contrast keeps ours, which has more.
    """
    if not accent:
        return ""
    light, dark = (palette(read(accent), theme) for theme in ("light", "dark"))
    lines = "".join(
        f"--{name}:light-dark({dump(light[name])},{dump(dark[name])});"
        for name in light
    )
    return (
        "@layer tokens{@media not (prefers-contrast: more){"
        f"{where}{{{lines}--ring:2px solid var(--accent);}}}}}}\n"
    )
